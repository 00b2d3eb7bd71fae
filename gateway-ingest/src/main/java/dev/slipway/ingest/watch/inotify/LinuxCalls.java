package dev.slipway.ingest.watch.inotify;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;

/** The functions of Linux's C library that are needed here. They block, and are called from platform threads. */
final class LinuxCalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle INOTIFY_INIT = function("inotify_init1", JAVA_INT, JAVA_INT);
    private static final MethodHandle INOTIFY_ADD =
            function("inotify_add_watch", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle INOTIFY_REMOVE = function("inotify_rm_watch", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD = function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD_WRITE = function("eventfd_write", JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle POLL = function("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle READ = function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle OPEN = variadic(2, "open", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle OPEN_AT = variadic(3, "openat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle FCNTL = variadic(2, "fcntl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);

    static final int READ_ONLY = 0;
    static final int NON_BLOCKING = 0x800;
    static final int CLOSE_ON_EXEC = 0x8_0000;

    // These two have other values on some processors.
    private static final boolean IS_ARM_OR_POWER =
            System.getProperty("os.arch", "").matches("(aarch64|arm|ppc).*");
    static final int DIRECTORY = IS_ARM_OR_POWER ? 0x4000 : 0x1_0000;
    static final int NO_FOLLOW = IS_ARM_OR_POWER ? 0x8000 : 0x2_0000;

    /** To open a file for reading, unless it is a symbolic link; a pipe does not block. */
    static final int FILE = READ_ONLY | NON_BLOCKING | CLOSE_ON_EXEC | NO_FOLLOW;

    /** How the JDK itself names files to the kernel. */
    static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private LinuxCalls() {}

    private static MethodHandle function(String name, ValueLayout result, ValueLayout... parameters) {
        return link(name, FunctionDescriptor.of(result, parameters), Linker.Option.captureCallState("errno"));
    }

    /** A function whose parameters are variadic from one on, or would be if there were more. */
    private static MethodHandle variadic(int first, String name, ValueLayout result, ValueLayout... parameters) {
        return link(
                name,
                FunctionDescriptor.of(result, parameters),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(first));
    }

    @SuppressWarnings("restricted") // the signatures are those of the C library
    private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
        MemorySegment address = LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsupportedOperationException("the C library has no " + name));
        return LINKER.downcallHandle(address, type, options);
    }

    /** A call, given the memory that its errno goes to. */
    private interface Call {
        @SuppressWarnings("checkstyle:IllegalThrows") // as method handles have it
        long make(MemorySegment state) throws Throwable;
    }

    /** Makes a call, again if a signal interrupted it. */
    private static int call(String name, Call call) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            while (true) {
                long result = made(call, state);
                if (result >= 0) {
                    return Math.toIntExact(result);
                }
                int errno = (int) ERRNO.get(state, 0L);
                if (errno != LinuxException.EINTR) {
                    throw new LinuxException(name, errno);
                }
            }
        }
    }

    private static long made(Call call, MemorySegment state) {
        try {
            return call.make(state);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a function of the C library throws nothing", e);
        }
    }

    static int inotifyInit(int flags) throws LinuxException {
        return call("inotify_init1", state -> (int) INOTIFY_INIT.invokeExact(state, flags));
    }

    static int inotifyAdd(int descriptor, String path, int mask) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path, NAMES);
            return call(path, state -> (int) INOTIFY_ADD.invokeExact(state, descriptor, name, mask));
        }
    }

    static void inotifyRemove(int descriptor, int watch) throws LinuxException {
        call("inotify_rm_watch", state -> (int) INOTIFY_REMOVE.invokeExact(state, descriptor, watch));
    }

    static int eventDescriptor(int flags) throws LinuxException {
        return call("eventfd", state -> (int) EVENTFD.invokeExact(state, 0, flags));
    }

    /** Makes an event descriptor readable. */
    static void wake(int eventDescriptor) throws LinuxException {
        call("eventfd_write", state -> (int) EVENTFD_WRITE.invokeExact(state, eventDescriptor, 1L));
    }

    /** Blocks until one of the descriptors is ready. */
    static void poll(MemorySegment descriptors, long count) throws LinuxException {
        call("poll", state -> (int) POLL.invokeExact(state, descriptors, count, -1));
    }

    static int read(int descriptor, MemorySegment buffer) throws LinuxException {
        return call("read", state -> (long) READ.invokeExact(state, descriptor, buffer, buffer.byteSize()));
    }

    static int open(String path, int flags) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path, NAMES);
            return call(path, state -> (int) OPEN.invokeExact(state, name, flags));
        }
    }

    /** @param name without a NUL at its end */
    static int openAt(int directory, byte[] name, int flags) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(name.length + 1L);
            MemorySegment.copy(name, 0, bytes, JAVA_BYTE, 0, name.length);
            return call("openat", state -> (int) OPEN_AT.invokeExact(state, directory, bytes, flags));
        }
    }

    static void fcntl(int descriptor, int command, int argument) throws LinuxException {
        call("fcntl", state -> (int) FCNTL.invokeExact(state, descriptor, command, argument));
    }

    /** Closes a descriptor. Linux has closed it even if the call fails. */
    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long _ = made(s -> (int) CLOSE.invokeExact(s, descriptor), state);
        }
    }
}
