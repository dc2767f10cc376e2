// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.vmattest", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
  @ArchTest
  static final ArchRule THE_API_KNOWS_NO_HYPERVISOR_AND_NO_DATABASE =
      noClasses()
          .that()
          .resideInAPackage("io.vmattest.web..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.hypervisor..", "jakarta.persistence..", "jakarta.jms..", "java.sql..");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("io.vmattest.web.(*)..").should().beFreeOfCycles();
}
