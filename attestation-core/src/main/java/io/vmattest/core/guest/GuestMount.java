// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

/** A mounted file system, as init sees it. */
public record GuestMount(String source, String point, String type, String options) {}
