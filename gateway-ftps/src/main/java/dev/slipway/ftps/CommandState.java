package dev.slipway.ftps;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the commands of a session leave for later ones. Belongs to the session's thread. */
final class CommandState {
    /**
     * Bytes of a file.
     *
     * @param first the offset of the first
     * @param last the offset of the last
     */
    record Range(long first, long last) {}

    private final boolean asciiConverted;
    private VirtualPath directory = VirtualPath.ROOT;
    private @Nullable VirtualPath renameFrom;
    private @Nullable VirtualPath copyFrom;
    private long restart;
    private long allocated = -1;
    private boolean ascii;
    private DigestAlgorithm hashAlgorithm = DigestAlgorithm.SHA256;
    private @Nullable Range range;
    private boolean onlyExtendedPassive;
    private Set<Fact> facts = EnumSet.allOf(Fact.class);

    /** @param asciiConverted whether line ends are converted in ASCII mode */
    CommandState(boolean asciiConverted) {
        this.asciiConverted = asciiConverted;
    }

    /** Forgets what belongs to a login. */
    void logOut() {
        directory = VirtualPath.ROOT;
        renameFrom = null;
        copyFrom = null;
        restart = 0;
        allocated = -1;
        ascii = false;
        hashAlgorithm = DigestAlgorithm.SHA256;
        range = null;
    }

    /** Forgets the rest, after REIN. */
    void reinitialize() {
        onlyExtendedPassive = false;
        facts = EnumSet.allOf(Fact.class);
    }

    VirtualPath directory() {
        return directory;
    }

    void setDirectory(VirtualPath newDirectory) {
        directory = newDirectory;
    }

    VirtualPath resolve(String path) throws VfsException {
        return directory.resolve(path);
    }

    void setRenameFrom(VirtualPath path) {
        renameFrom = path;
    }

    @Nullable
    VirtualPath takeRenameFrom() {
        VirtualPath path = renameFrom;
        renameFrom = null;
        return path;
    }

    void setCopyFrom(VirtualPath path) {
        copyFrom = path;
    }

    @Nullable
    VirtualPath takeCopyFrom() {
        VirtualPath path = copyFrom;
        copyFrom = null;
        return path;
    }

    void setRestart(long offset) {
        restart = offset;
    }

    long takeRestart() {
        long offset = restart;
        restart = 0;
        return offset;
    }

    void setAllocated(long size) {
        allocated = size;
    }

    /** The size that ALLO has announced, or -1. */
    long takeAllocated() {
        long size = allocated;
        allocated = -1;
        return size;
    }

    void setAscii(boolean newAscii) {
        ascii = newAscii;
    }

    boolean isAscii() {
        return ascii;
    }

    /** Whether files are sent and received as text. */
    boolean convertsLineEnds() {
        return ascii && asciiConverted;
    }

    DigestAlgorithm hashAlgorithm() {
        return hashAlgorithm;
    }

    void setHashAlgorithm(DigestAlgorithm algorithm) {
        hashAlgorithm = algorithm;
    }

    void setRange(@Nullable Range bytes) {
        range = bytes;
    }

    /** The bytes selected by RANG for this command; null for all. */
    @Nullable
    Range takeRange() {
        Range bytes = range;
        range = null;
        return bytes;
    }

    void setOnlyExtendedPassive() {
        onlyExtendedPassive = true;
    }

    boolean isOnlyExtendedPassive() {
        return onlyExtendedPassive;
    }

    Set<Fact> facts() {
        return facts;
    }

    void setFacts(Set<Fact> newFacts) {
        facts = newFacts;
    }
}
