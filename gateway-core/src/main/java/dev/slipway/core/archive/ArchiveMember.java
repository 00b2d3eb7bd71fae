package dev.slipway.core.archive;

import dev.slipway.core.store.ObjectKey;
import java.time.Instant;

/**
 * A member of an archive, and where its bytes are.
 *
 * @param key the object that was archived
 * @param version {@link dev.slipway.core.store.ObjectInfo#version()} of that object; empty if it never was one
 * @param offset where to read in the archive, in bytes. In a tar file: where the member's content begins. With zstd:
 *     where the frame begins that has the first byte of the content
 * @param length how many bytes to read. In a tar file: the member's size. With zstd: up to the end of the frame that
 *     has the last byte of the content
 * @param contentOffset how many bytes precede the content in what was read and decompressed; 0 in a tar file
 * @param size of the content, in bytes
 * @param modified the time that the file had
 * @param sha256 of the content, in lower-case hexadecimal
 */
public record ArchiveMember(
        ObjectKey key,
        String version,
        long offset,
        long length,
        long contentOffset,
        long size,
        Instant modified,
        String sha256) {}
