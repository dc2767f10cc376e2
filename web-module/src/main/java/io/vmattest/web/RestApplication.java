// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web;

import jakarta.annotation.security.DeclareRoles;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The REST API; its description is served under /api/v1/openapi.yaml. */
@ApplicationPath("/api/v1")
@DeclareRoles({Roles.VIEWER, Roles.AUDITOR, Roles.OPERATOR, Roles.ADMIN})
public class RestApplication extends Application {}
