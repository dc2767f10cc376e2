// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "io.vmattest.hypervisor",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("io.vmattest.hypervisor.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theModuleKnowsOnlyWhatItMay =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.hypervisor..",
              "io.vmattest.core..",
              "io.vmattest.introspection..",
              "io.vmattest.tee..",
              "org.libvirt..",
              "com.sun.jna..",
              "jakarta.resource..",
              "jakarta.json..",
              "java..",
              "javax..",
              "org.w3c.dom..",
              "org.xml.sax..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule theApiKnowsNothingOfItsImplementation =
      classes()
          .that()
          .resideInAPackage("io.vmattest.hypervisor.api..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.hypervisor.api..",
              "io.vmattest.core..",
              "jakarta.resource..",
              "java..",
              "javax..",
              "org.jspecify..");
}
