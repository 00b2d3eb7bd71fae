package dev.slipway.ftps.control;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.ftps.format.Fact;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the commands of a session leave for later ones. Belongs to the session's thread. */
public final class CommandState {
    /**
     * Bytes of a file.
     *
     * @param first the offset of the first
     * @param last the offset of the last
     */
    public record Range(long first, long last) {}

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
    public CommandState(boolean asciiConverted) {
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
    public void reinitialize() {
        onlyExtendedPassive = false;
        facts = EnumSet.allOf(Fact.class);
    }

    public VirtualPath directory() {
        return directory;
    }

    public void setDirectory(VirtualPath newDirectory) {
        directory = newDirectory;
    }

    public VirtualPath resolve(String path) throws VfsException {
        return directory.resolve(path);
    }

    public void setRenameFrom(VirtualPath path) {
        renameFrom = path;
    }

    public @Nullable VirtualPath takeRenameFrom() {
        VirtualPath path = renameFrom;
        renameFrom = null;
        return path;
    }

    public void setCopyFrom(VirtualPath path) {
        copyFrom = path;
    }

    public @Nullable VirtualPath takeCopyFrom() {
        VirtualPath path = copyFrom;
        copyFrom = null;
        return path;
    }

    public void setRestart(long offset) {
        restart = offset;
    }

    public long takeRestart() {
        long offset = restart;
        restart = 0;
        return offset;
    }

    public void setAllocated(long size) {
        allocated = size;
    }

    /** The size that ALLO has announced, or -1. */
    public long takeAllocated() {
        long size = allocated;
        allocated = -1;
        return size;
    }

    public void setAscii(boolean newAscii) {
        ascii = newAscii;
    }

    public boolean isAscii() {
        return ascii;
    }

    /** Whether files are sent and received as text. */
    public boolean convertsLineEnds() {
        return ascii && asciiConverted;
    }

    public DigestAlgorithm hashAlgorithm() {
        return hashAlgorithm;
    }

    public void setHashAlgorithm(DigestAlgorithm algorithm) {
        hashAlgorithm = algorithm;
    }

    public void setRange(@Nullable Range bytes) {
        range = bytes;
    }

    /** The bytes selected by RANG for this command; null for all. */
    public @Nullable Range takeRange() {
        Range bytes = range;
        range = null;
        return bytes;
    }

    public void setOnlyExtendedPassive() {
        onlyExtendedPassive = true;
    }

    public boolean isOnlyExtendedPassive() {
        return onlyExtendedPassive;
    }

    public Set<Fact> facts() {
        return facts;
    }

    public void setFacts(Set<Fact> newFacts) {
        facts = newFacts;
    }
}
