// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.vmattest", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
  private static final DescribedPredicate<JavaClass> CONNECTOR_INTERNALS =
      JavaClass.Predicates.resideInAPackage("io.vmattest.hypervisor..")
          .and(
              DescribedPredicate.not(
                  JavaClass.Predicates.resideInAPackage("io.vmattest.hypervisor.api..")))
          .as("the connector's internals");

  @ArchTest
  static final ArchRule CAPABILITIES_HAVE_NO_CYCLES =
      slices().matching("io.vmattest.server.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule OF_THE_CONNECTOR_ONLY_ITS_API_IS_USED =
      noClasses()
          .that()
          .resideInAPackage("io.vmattest.server..")
          .should()
          .dependOnClassesThat(CONNECTOR_INTERNALS);

  @ArchTest
  static final ArchRule NOTHING_HERE_KNOWS_THE_API_ABOVE =
      noClasses()
          .that()
          .resideInAPackage("io.vmattest.server..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vmattest.web..", "jakarta.ws.rs..", "jakarta.servlet..");
}
