package dev.slipway.admin.command;

import dev.slipway.admin.command.CommandRunner.Suggestion;
import dev.slipway.admin.management.ManagedAccount;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Principal;
import dev.slipway.admin.management.Services;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.ObjectFileSystems.Location;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Completions of a path, one level at a time: folders end with {@code /} and can be completed further. At most one page
 * of each listing is read. Names with control characters are left out, since they cannot be typed.
 */
final class PathSuggestions {
    /** Maximum number of entries read from a folder on a remote: SFTP lists them unordered. */
    private static final int REMOTE_PAGE = 1000;

    private final Services services;
    private final Principal principal;
    private final int most;

    /** Whether there are more entries than were read. */
    private boolean more;

    /** @param most maximum number of suggestions */
    PathSuggestions(Services services, Principal principal, int most) {
        this.services = services;
        this.principal = principal;
        this.most = most;
    }

    /** Buckets and keys, accounts and what they see. */
    List<Suggestion> sources(String word) throws IOException, ManagementException {
        int account = word.indexOf("@/");
        int colon = word.indexOf(':');
        if (account > 0 && (colon < 0 || account < colon)) {
            return filesOf(word.substring(0, account), word);
        }
        Set<String> buckets = buckets();
        if (colon < 0) {
            List<Suggestion> beginnings = new ArrayList<>();
            buckets.forEach(bucket -> beginnings.add(new Suggestion(bucket + ":", "", false)));
            for (ManagedAccount managed : services.accounts(principal).all()) {
                beginnings.add(new Suggestion(managed.name() + "@/", "", false));
            }
            return limited(
                    word,
                    beginnings.stream()
                            .filter(beginning -> beginning.word().startsWith(word))
                            .toList());
        }
        String bucket = word.substring(0, colon);
        String typed = word.substring(colon + 1);
        if (!buckets.contains(bucket) || hasWildcard(typed)) {
            return List.of();
        }
        Map<String, Boolean> keys = keys(bucket, literal(typed));
        return suggestions(word, literal(typed), keys, true);
    }

    private Set<String> buckets() throws ManagementException {
        Set<String> buckets = new TreeSet<>();
        if (services.bucket() != null) {
            buckets.add(services.bucket());
        }
        for (ManagedAccount account : services.accounts(principal).all()) {
            account.entry().account().mounts().forEach(mount -> buckets.add(mount.bucket()));
        }
        return buckets;
    }

    /** The first keys, with whether they are objects. */
    private Map<String, Boolean> keys(String bucket, String prefix) throws IOException, ManagementException {
        ObjectPage page = services.paths().objects(bucket, prefix, most);
        more = page.next() != null;
        Map<String, Boolean> keys = new TreeMap<>();
        for (ObjectInfo object : page.objects()) {
            // The marker of the folder itself.
            if (!object.key().key().endsWith("/")) {
                keys.put(object.key().key(), true);
            }
        }
        for (String folder : page.prefixes()) {
            if (!folder.startsWith(ObjectStore.PROBE_PREFIX)) {
                keys.put(folder, false);
            }
        }
        return keys;
    }

    private List<Suggestion> filesOf(String name, String word) throws IOException, ManagementException {
        Account account = services.accounts(principal).find(name).entry().account();
        String typed = word.substring(name.length() + 1);
        if (hasWildcard(typed)
                || !account.permissions().containsAll(Set.of(Permission.READ, Permission.LIST))
                || !isStraight(literal(typed))) {
            return List.of();
        }
        String path = literal(typed);
        String parent = path.substring(0, path.lastIndexOf('/') + 1);
        String begun = path.substring(parent.length());
        VirtualPath folder = VirtualPath.parse(parent);
        Map<String, Boolean> paths = new TreeMap<>();
        Optional<Location> location = ObjectFileSystems.locate(account, folder);
        if (location.isPresent()) {
            String prefix = prefix(location.get());
            for (Map.Entry<String, Boolean> key :
                    keys(location.get().bucket(), prefix + begun).entrySet()) {
                String rest = key.getKey().substring(prefix.length());
                if (VirtualPath.isProperName(key.getValue() ? rest : rest.substring(0, rest.length() - 1))) {
                    paths.put(parent + rest, key.getValue());
                }
            }
        }
        int depth = folder.segments().size();
        for (Mount mount : account.mounts()) {
            List<String> segments = mount.path().segments();
            if (segments.size() > depth
                    && mount.path().startsWith(folder)
                    && segments.get(depth).startsWith(begun)) {
                // Another mount hides the store's content there.
                paths.remove(parent + segments.get(depth));
                paths.put(parent + segments.get(depth) + "/", false);
            }
        }
        return suggestions(word, path, paths, true);
    }

    private static String prefix(Location folder) {
        return folder.key().isEmpty() || folder.key().endsWith("/") ? folder.key() : folder.key() + "/";
    }

    /** Remotes and their folders, as far as something may be written there. */
    List<Suggestion> destinations(String word) throws ManagementException, RemoteException {
        int colon = word.indexOf(':');
        if (colon < 0) {
            return limited(
                    word,
                    services.remotes(principal).all().stream()
                            .map(remote -> remote.name() + ":/")
                            .filter(beginning -> beginning.startsWith(word))
                            .map(beginning -> new Suggestion(beginning, "", false))
                            .toList());
        }
        String name = word.substring(0, colon);
        Remote remote = services.remotes(principal).find(name);
        String path = word.substring(colon + 1);
        Map<String, Boolean> folders = new TreeMap<>();
        boolean within = remote.folders().isEmpty();
        for (String allowed : remote.folders()) {
            String top = allowed.endsWith("/") ? allowed : allowed + "/";
            within |= path.startsWith(top);
            if (top.startsWith(path)) {
                folders.put(top, false);
            }
        }
        if (within) {
            folders.putAll(foldersIn(remote, path));
        }
        return suggestions(word, path, folders, false);
    }

    /** Folders of a remote. */
    List<Suggestion> folders(String name, String path) throws ManagementException, RemoteException {
        Remote remote = services.remotes(principal).find(name);
        if (path.isEmpty()) {
            return List.of(new Suggestion("/", "", false));
        }
        return suggestions(path, path, foldersIn(remote, path), false);
    }

    private Map<String, Boolean> foldersIn(Remote remote, String path) throws ManagementException, RemoteException {
        Map<String, Boolean> folders = new TreeMap<>();
        if (!isStraight(path)) {
            return folders;
        }
        String parent = path.substring(0, path.lastIndexOf('/') + 1);
        List<RemoteFile> entries = services.paths().entries(remote, parent, REMOTE_PAGE);
        more = entries.size() >= REMOTE_PAGE;
        for (RemoteFile file : entries) {
            if (file.folder() && (parent + file.name()).startsWith(path) && VirtualPath.isProperName(file.name())) {
                folders.put(parent + file.name() + "/", false);
            }
        }
        return folders;
    }

    /** Whether a path is absolute and normalised. */
    private static boolean isStraight(String path) {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            return false;
        }
        String parent = path.substring(0, path.lastIndexOf('/') + 1);
        return !(parent + "/").contains("/./") && !(parent + "/").contains("/../") && !parent.contains("//");
    }

    /**
     * Words that continue the typed text.
     *
     * @param typed the typed path, which all suggestions begin with
     * @param paths paths, and whether they are complete
     * @param patterns whether wildcards have a meaning here, so that those in names must be escaped
     */
    private List<Suggestion> suggestions(String word, String typed, Map<String, Boolean> paths, boolean patterns) {
        List<Suggestion> suggestions = new ArrayList<>();
        paths.forEach((path, whole) -> {
            String rest = path.substring(typed.length());
            if (rest.chars().noneMatch(c -> Character.isISOControl(c) || c == '\uFFFD')) {
                String name = path.substring(path.lastIndexOf('/', path.length() - 2) + 1);
                suggestions.add(new Suggestion(word + (patterns ? escaped(rest) : rest), name, "", whole));
            }
        });
        return limited(word, suggestions);
    }

    /** If there are more, their common prefix is unknown: including the typed word itself keeps it unchanged. */
    private List<Suggestion> limited(String word, List<Suggestion> suggestions) {
        if (suggestions.isEmpty() || (suggestions.size() <= most && !more)) {
            return suggestions;
        }
        List<Suggestion> some = new ArrayList<>(suggestions.subList(0, Math.min(suggestions.size(), most - 1)));
        some.add(new Suggestion(word, "… and more", "", false));
        return some;
    }

    private static boolean hasWildcard(String typed) {
        return typed.replaceAll("\\\\.", "").matches("(?s).*[*?].*");
    }

    /** A key without the backslashes that escape wildcards. */
    private static String literal(String typed) {
        return typed.replaceAll("\\\\([*?\\\\])", "$1");
    }

    private static String escaped(String key) {
        return key.replaceAll("[\\\\*?]", "\\\\$0");
    }
}
