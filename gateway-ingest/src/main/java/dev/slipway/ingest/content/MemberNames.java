package dev.slipway.ingest.content;

import dev.slipway.core.VirtualPath;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The names that one reading of an archive has met: each is checked, alone and beside the others. */
final class MemberNames {
    /** Where the libraries found bytes that are not UTF-8. */
    private static final char REPLACEMENT = '\ufffd';

    private static final int LONGEST_SHOWN = 200;

    private final ExpansionLimits limits;
    private final Set<String> files = new HashSet<>();
    private final Set<String> folders = new HashSet<>();
    private int entries;

    MemberNames(ExpansionLimits limits) {
        this.limits = limits;
    }

    /**
     * Checks the name of a file or folder.
     *
     * @param name as the archive has it
     * @return the names on its path; none for the root of the archive
     */
    List<String> add(String name, boolean isFolder) throws ExpansionException {
        entries++;
        if (entries > limits.entries()) {
            throw new ExpansionException(
                    "The archive has more than " + limits.entries() + " files and folders, the limit `entries`.");
        }
        List<String> names = parse(name);
        if (names.isEmpty()) {
            if (!isFolder) {
                throw refused(name, "is no name of a file");
            }
            return names;
        }
        String path = String.join("/", names);
        if (path.getBytes(StandardCharsets.UTF_8).length > limits.nameLength()) {
            throw refused(name, "is longer than " + limits.nameLength() + " bytes, the limit `nameLength`");
        }
        addFolders(name, path);
        if (isFolder) {
            requireFolder(name, path);
        } else if (folders.contains(path) || !files.add(path)) {
            throw refused(name, "is there twice");
        }
        return names;
    }

    private void addFolders(String name, String path) throws ExpansionException {
        for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
            requireFolder(name, path.substring(0, slash));
        }
    }

    private void requireFolder(String name, String path) throws ExpansionException {
        if (files.contains(path)) {
            throw refused(name, "lies below a file of the archive, or is one");
        }
        folders.add(path);
    }

    private static List<String> parse(String name) throws ExpansionException {
        if (name.startsWith("/")) {
            throw refused(name, "is an absolute path");
        }
        if (name.indexOf('\\') >= 0) {
            throw refused(name, "has a backslash");
        }
        if (name.indexOf(REPLACEMENT) >= 0) {
            throw refused(name, "is not UTF-8");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw refused(name, "has control characters");
        }
        List<String> names = new ArrayList<>();
        for (String segment : name.split("/", -1)) {
            if (segment.equals("..")) {
                throw refused(name, "leads out of the archive with ..");
            }
            // "./a" and "a//b" are what tar makes of such arguments.
            if (!segment.isEmpty() && !segment.equals(".")) {
                if (!VirtualPath.isProperName(segment)) {
                    throw refused(name, "is no proper name");
                }
                names.add(segment);
            }
        }
        return names;
    }

    /** The text of bytes; empty if they are not UTF-8. */
    static Optional<String> decode(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException _) {
            return Optional.empty();
        }
    }

    /** A member is refused, and with it the archive. */
    static ExpansionException refused(String name, String why) {
        StringBuilder shown = new StringBuilder();
        name.chars().limit(LONGEST_SHOWN).forEach(c -> shown.append(Character.isISOControl(c) ? '?' : (char) c));
        return new ExpansionException("The archive's member '" + shown + (name.length() > LONGEST_SHOWN ? "…" : "")
                + "' " + why + "; nothing is expanded.");
    }
}
