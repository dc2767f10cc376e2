// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import io.vmattest.scenarios.inside.FaultCounter;
import io.vmattest.scenarios.inside.IngestFault;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.jboss.shrinkwrap.api.spec.JavaArchive;

/** The product's EAR as it is built, with a fault that can be asked for beside the services. */
final class ProductDeployment {
  private static final String SERVICES = "ejb-module.jar";

  private ProductDeployment() {}

  static EnterpriseArchive product() {
    EnterpriseArchive ear =
        ShrinkWrap.create(ZipImporter.class, "vmattest.ear")
            .importFrom(Testbed.get().server().resolve("vmattest.ear").toFile())
            .as(EnterpriseArchive.class);
    JavaArchive services = ear.getAsType(JavaArchive.class, "/" + SERVICES);
    services.addClasses(IngestFault.class, FaultCounter.class);
    ear.delete("/" + SERVICES);
    return ear.addAsModule(services);
  }
}
