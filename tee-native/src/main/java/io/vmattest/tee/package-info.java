// SPDX-License-Identifier: Apache-2.0
/**
 * The measurement module as Java sees it: one class for each concept of {@code vmtee.h}.
 *
 * <p>A {@link io.vmattest.tee.Capture} takes the state of a virtual machine and measures it, a
 * {@link io.vmattest.tee.PageStore} keeps it, a {@link io.vmattest.tee.SigningKey} signs what was
 * measured. Nothing here signs bytes that a caller supplies.
 *
 * <p>What fails throws a {@link io.vmattest.tee.TeeException} with the native errno and the
 * module's own sentence.
 */
@NullMarked
package io.vmattest.tee;

import org.jspecify.annotations.NullMarked;
