package dev.slipway.app;

import dev.slipway.app.config.SettingsLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks who else can read a configuration file that contains secrets. */
final class SecretFileCheck {
    private SecretFileCheck() {}

    /**
     * The problem with the file's mode. Group read permission is accepted if the file belongs to another user or root:
     * the gateway's user then reads it through the group.
     *
     * @return a sentence with the remedy; empty if there is no problem, or the file system has no such modes
     */
    static Optional<String> warning(SettingsLoader.Loaded loaded) {
        Path file = loaded.file();
        List<String> secrets = loaded.secretsInFile();
        if (file == null || secrets.isEmpty()) {
            return Optional.empty();
        }
        try {
            PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
            return view == null ? Optional.empty() : warning(file, secrets, view.readAttributes());
        } catch (IOException e) {
            // The file was just read; the settings do not depend on this check.
            return Optional.empty();
        }
    }

    private static Optional<String> warning(Path file, List<String> secrets, PosixFileAttributes attributes) {
        Set<PosixFilePermission> mode = attributes.permissions();
        String user = System.getProperty("user.name", "");
        boolean own = attributes.owner().getName().equals(user) && !user.equals("root");
        String who;
        if (mode.contains(PosixFilePermission.OTHERS_READ)) {
            who = "every user of this machine";
        } else if (own && mode.contains(PosixFilePermission.GROUP_READ)) {
            who = "the group " + attributes.group().getName();
        } else {
            return Optional.empty();
        }
        String more = secrets.size() == 1 ? "" : " and " + (secrets.size() - 1) + " more";
        return Optional.of("The configuration file " + file + " contains secrets (" + secrets.getFirst() + more
                + "), and " + who + " can read it (mode " + PosixFilePermissions.toString(mode) + "). Run: chmod "
                + (own ? "600 " : "640 ") + file);
    }
}
