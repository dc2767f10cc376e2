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
          .resideInAnyPackage("io.vmattest.introspection..", "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices()
          .matching("io.vmattest.introspection.(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true);
}
