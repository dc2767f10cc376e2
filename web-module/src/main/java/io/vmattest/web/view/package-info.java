// SPDX-License-Identifier: Apache-2.0
/** What is answered, as JSON. */
@NullMarked
package io.vmattest.web.view;

import org.jspecify.annotations.NullMarked;
