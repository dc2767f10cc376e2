// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.vmattest.cli", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
  @ArchTest
  static final ArchRule OF_OURS_IT_USES_THE_CORE_ALONE =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.vmattest.cli..",
              "io.vmattest.core..",
              "java..",
              "javax.net.ssl",
              "jakarta.json..",
              "picocli..",
              "org.bouncycastle..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("io.vmattest.cli.(*)..").should().beFreeOfCycles();
}
