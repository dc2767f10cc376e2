// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

class OpenApiTest {
  @Test
  void describesExactlyTheOperationsThatThereAre() throws IOException {
    Set<String> described = new TreeSet<>();
    paths()
        .forEach(
            (path, operations) ->
                operations.keySet().forEach(method -> described.add(method + " " + path)));
    Set<String> real = new TreeSet<>();
    for (JavaClass resource : resources()) {
      for (JavaMethod method : resource.getMethods()) {
        if (isOperation(method)) {
          real.add(verb(method) + " /api/v1/" + path(resource, method));
        }
      }
    }
    assertFalse(real.isEmpty());
    assertEquals(real, described);
  }

  @Test
  void everyResourceNamesItsRoles() {
    resources().forEach(r -> assertTrue(r.isAnnotatedWith(RolesAllowed.class), r.getName()));
  }

  private static Set<JavaClass> resources() {
    return new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.vmattest.web.api")
            .stream()
            .filter(c -> c.isAnnotatedWith(Path.class))
            .collect(Collectors.toSet());
  }

  private static boolean isOperation(JavaMethod method) {
    return method.getAnnotations().stream()
        .anyMatch(a -> a.getRawType().isAnnotatedWith(HttpMethod.class));
  }

  private static String verb(JavaMethod method) {
    return method.getAnnotations().stream()
        .filter(a -> a.getRawType().isAnnotatedWith(HttpMethod.class))
        .map(a -> a.getRawType().getAnnotationOfType(HttpMethod.class).value())
        .findFirst()
        .orElseThrow()
        .toLowerCase(Locale.ROOT);
  }

  private static String path(JavaClass resource, JavaMethod method) {
    String own = resource.getAnnotationOfType(Path.class).value();
    return method
        .tryGetAnnotationOfType(Path.class)
        .map(path -> own + "/" + path.value())
        .orElse(own)
        // OpenAPI's templates have no patterns.
        .replaceAll("\\{(\\w+):[^}]*}", "{$1}");
  }

  private static Map<String, Map<String, Object>> paths() throws IOException {
    try (InputStream in = OpenApiTest.class.getResourceAsStream("/META-INF/openapi.yaml")) {
      Map<String, Map<String, Map<String, Object>>> document =
          new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
      return Objects.requireNonNull(document.get("paths"));
    }
  }
}
