// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "io.vmattest.introspection",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
  @ArchTest
  static final ArchRule IT_USES_NOTHING_OF_OURS_AND_NO_CONTAINER =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.vmattest.introspection..", "java..", "org.jspecify..")
          .orShould()
          .resideInAPackage("io.vmattest.introspection.image..");

  @ArchTest
  static final ArchRule ONLY_IMAGES_ARE_UNPACKED =
      classes()
          .that()
          .resideInAPackage("io.vmattest.introspection.image..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.introspection.image..",
              "java..",
              "org.jspecify..",
              "org.apache.commons.compress..",
              "org.tukaani.xz..",
              "io.airlift.compress..");

  @ArchTest
  static final ArchRule CODE_IS_CHECKED_BY_IMAGES_AND_STRUCTURES =
      classes()
          .that()
          .resideInAPackage("io.vmattest.introspection.integrity..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.introspection.integrity..",
              "io.vmattest.introspection.image..",
              "io.vmattest.introspection.kernel..",
              "io.vmattest.introspection.memory..",
              "io.vmattest.introspection.structure..",
              "io.vmattest.introspection.finding..",
              "java..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices()
          .matching("io.vmattest.introspection.(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule VIEWS_KNOW_THE_RUNNING_KERNEL_ALONE =
      classes()
          .that()
          .resideInAnyPackage(
              "io.vmattest.introspection.structure..", "io.vmattest.introspection.view..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.introspection.structure..",
              "io.vmattest.introspection.view..",
              "io.vmattest.introspection.kernel..",
              "io.vmattest.introspection.memory..",
              "io.vmattest.introspection.finding..",
              "java..",
              "org.jspecify..");
}
