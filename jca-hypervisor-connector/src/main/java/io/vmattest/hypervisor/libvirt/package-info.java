// SPDX-License-Identifier: Apache-2.0
/** What is needed of libvirt: libvirt-java, and bindings of the calls that it lacks. */
@NullMarked
package io.vmattest.hypervisor.libvirt;

import org.jspecify.annotations.NullMarked;
