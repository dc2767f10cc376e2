// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.guest.GuestExecutable;
import io.vmattest.core.guest.GuestIds;
import io.vmattest.core.guest.GuestModule;
import io.vmattest.core.guest.GuestMount;
import io.vmattest.core.guest.GuestSocket;
import io.vmattest.core.guest.GuestTask;
import io.vmattest.core.report.Digest;
import io.vmattest.introspection.view.Credentials;
import io.vmattest.introspection.view.Executable;
import io.vmattest.introspection.view.ModuleView;
import io.vmattest.introspection.view.MountView;
import io.vmattest.introspection.view.OpenSocket;
import io.vmattest.introspection.view.SocketFamily;
import io.vmattest.introspection.view.SocketState;
import io.vmattest.introspection.view.SocketType;
import io.vmattest.introspection.view.SocketView;
import io.vmattest.introspection.view.Task;
import io.vmattest.introspection.view.TaskView;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Views of a guest's kernel as a report's document has them. */
final class Views {
  private static final int TCP = 6;
  private static final int UDP = 17;

  private Views() {}

  static List<GuestTask> tasks(TaskView view) {
    return view.tasks().stream()
        .map(Views::task)
        .sorted(Comparator.comparingLong(GuestTask::pid).thenComparingLong(GuestTask::startNanos))
        .toList();
  }

  private static GuestTask task(Task task) {
    Credentials by = task.credentials();
    return new GuestTask(
        task.pid(),
        task.ppid(),
        task.comm(),
        task.kernelThread(),
        task.startBoottime(),
        task.executable().map(Views::executable),
        task.commandLine().orElse(List.of()),
        new GuestIds(by.uid(), by.euid(), by.suid(), by.fsuid()),
        new GuestIds(by.gid(), by.egid(), by.sgid(), by.fsgid()),
        by.permitted(),
        by.effective(),
        task.namespaces().user(),
        task.threads().size());
  }

  private static GuestExecutable executable(Executable file) {
    return new GuestExecutable(
        file.path(), file.size(), file.residentPages(), file.sha256().map(Digest::ofHex));
  }

  static List<GuestModule> modules(ModuleView view) {
    return view.modules().stream()
        .map(module -> new GuestModule(module.name(), module.size()))
        .sorted(Comparator.comparing(GuestModule::name).thenComparingLong(GuestModule::size))
        .toList();
  }

  static List<GuestSocket> sockets(SocketView view) {
    return view.sockets().stream()
        .map(Views::socket)
        .sorted(
            Comparator.comparing(GuestSocket::protocol)
                .thenComparing(GuestSocket::local)
                .thenComparing(GuestSocket::remote))
        .toList();
  }

  private static GuestSocket socket(OpenSocket socket) {
    return new GuestSocket(
        protocol(socket),
        end(socket.family(), socket.localAddress(), socket.localPort()),
        isConnected(socket)
            ? end(socket.family(), socket.remoteAddress(), socket.remotePort())
            : "",
        state(socket),
        socket.pids());
  }

  private static String protocol(OpenSocket socket) {
    if (socket.family() != SocketFamily.INET && socket.family() != SocketFamily.INET6) {
      return socket.family().name().toLowerCase(Locale.ROOT);
    }
    String base =
        socket.protocol() == TCP
            ? "tcp"
            : socket.protocol() == UDP
                ? "udp"
                : socket.type().name().toLowerCase(Locale.ROOT) + socket.protocol();
    return socket.family() == SocketFamily.INET6 ? base + "6" : base;
  }

  private static String end(SocketFamily family, String address, long port) {
    return switch (family) {
      case INET -> address + ":" + port;
      case INET6 -> "[" + address + "]:" + port;
      default -> address;
    };
  }

  private static boolean isConnected(OpenSocket socket) {
    return socket.remotePort() != 0 || socket.state() == SocketState.ESTABLISHED;
  }

  /** The numbers mean something for streams alone. */
  private static String state(OpenSocket socket) {
    return socket.type() == SocketType.STREAM ? socket.state().name() : "";
  }

  static List<GuestMount> mounts(MountView view) {
    return view.mounts().stream()
        .map(
            mount ->
                new GuestMount(
                    mount.source(),
                    mount.mountPoint(),
                    mount.type(),
                    String.join(",", mount.options())))
        .toList();
  }
}
