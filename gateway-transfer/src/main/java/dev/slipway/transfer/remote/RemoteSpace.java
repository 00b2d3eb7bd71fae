package dev.slipway.transfer.remote;

/**
 * The free space of a remote's file system.
 *
 * @param total bytes
 * @param available bytes that we may write
 * @param measured the folder whose file system it is, which exists
 * @param source what has told it: {@code statvfs@openssh.com} or {@code df}
 */
public record RemoteSpace(long total, long available, String measured, String source) {}
