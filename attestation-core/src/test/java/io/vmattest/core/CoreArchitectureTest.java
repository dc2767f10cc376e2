// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.vmattest.core", importOptions = ImportOption.DoNotIncludeTests.class)
class CoreArchitectureTest {
  @ArchTest
  static final ArchRule THE_CORE_NEEDS_NO_CONTAINER =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.core..",
              "java..",
              "javax.crypto..",
              "javax.security.auth.x500",
              "javax.xml..",
              "org.w3c.dom..",
              "org.xml.sax..",
              "org.bouncycastle..",
              "com.upokecenter..",
              "com.amazon.corretto..",
              "jakarta.json..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("io.vmattest.core.(*)..").should().beFreeOfCycles();
}
