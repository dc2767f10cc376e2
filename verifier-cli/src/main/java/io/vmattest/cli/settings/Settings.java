// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** What is set outside the command line: first the environment, then a properties file. */
public final class Settings {
  private static final String PREFIX = "VMATTEST_";
  private final Map<String, String> environment;

  public Settings(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * The value of an option that the command line leaves out.
   *
   * @param option for example password-file
   * @throws IOException if the configuration file is named and not readable
   */
  public Optional<String> get(String option) throws IOException {
    Optional<String> variable =
        nonEmpty(environment.get(PREFIX + option.toUpperCase(Locale.ROOT).replace('-', '_')));
    return variable.isPresent() ? variable : nonEmpty(file().getProperty(option));
  }

  private static Optional<String> nonEmpty(@Nullable String value) {
    return Optional.ofNullable(value).map(String::strip).filter(text -> !text.isEmpty());
  }

  private Properties file() throws IOException {
    Optional<String> named = nonEmpty(environment.get(PREFIX + "CONFIG"));
    Path path =
        named
            .map(Path::of)
            .orElseGet(
                () ->
                    Path.of(
                        environment.getOrDefault("HOME", "."),
                        ".config",
                        "vmattest",
                        "config.properties"));
    Properties properties = new Properties();
    if (named.isPresent() || Files.exists(path)) {
      try (Reader reader = Files.newBufferedReader(path)) {
        properties.load(reader);
      } catch (IllegalArgumentException e) {
        throw new IOException("The configuration " + path + " is not a properties file.", e);
      }
    }
    return properties;
  }
}
