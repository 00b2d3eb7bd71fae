package dev.slipway.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The contents of the bucket, read directly from the store. */
final class BucketView {
    private final S3AsyncClient client;
    private final String prefix;

    /** @param account the account whose folder is read */
    BucketView(S3AsyncClient client, String account) {
        this.client = client;
        this.prefix = account;
    }

    /**
     * What was found at some paths and below them.
     *
     * @param files the sizes of files by path
     * @param directories all directories, whether they have a marker or only children
     */
    private record Found(Map<String, Long> files, Set<String> directories) {}

    private Found find(List<String> roots) {
        Map<String, Long> files = new TreeMap<>();
        Set<String> directories = new HashSet<>();
        for (String root : roots) {
            client.listObjectsV2Paginator(request -> request.bucket(Site.BUCKET).prefix(prefix + root))
                    .contents()
                    .subscribe(object -> add(object, root, files, directories))
                    .join();
        }
        return new Found(files, directories);
    }

    private void add(S3Object object, String root, Map<String, Long> files, Set<String> directories) {
        String path = object.key().substring(prefix.length());
        boolean marker = path.endsWith("/");
        String bare = marker ? path.substring(0, path.length() - 1) : path;
        if (!Tree.isWithin(bare, root) || bare.isEmpty()) {
            return;
        }
        if (marker) {
            directories.add(bare);
        } else {
            files.put(bare, object.size());
        }
        for (String parent = Tree.parent(bare);
                !parent.isEmpty() && Tree.isWithin(parent, root);
                parent = Tree.parent(parent)) {
            directories.add(parent);
        }
    }

    /**
     * Returns the tree that the bucket contains at some paths; empty if it contains none of them.
     *
     * @throws SdkException wrapped in a CompletionException, if the store does not answer
     */
    Optional<Tree> match(List<String> roots, List<Tree> alternatives) {
        Found found = find(roots);
        Map<String, byte[]> read = new HashMap<>();
        for (Tree tree : alternatives) {
            if (isThere(tree, found, read)) {
                return Optional.of(tree);
            }
        }
        return Optional.empty();
    }

    private boolean isThere(Tree tree, Found found, Map<String, byte[]> read) {
        Set<String> files = new HashSet<>();
        Set<String> directories = new HashSet<>();
        tree.nodes().forEach((path, node) -> (node.isDirectory() ? directories : files).add(path));
        if (!files.equals(found.files().keySet()) || !directories.equals(found.directories())) {
            return false;
        }
        for (String path : files) {
            Tree.Node node = tree.at(path).orElseThrow();
            if (!Long.valueOf(node.size()).equals(found.files().get(path))
                    || !Arrays.equals(node.bytes(), read.computeIfAbsent(path, this::read))) {
                return false;
            }
        }
        return true;
    }

    /** Whether the store has no object below a path. */
    boolean isEmpty(String path) {
        return client.listObjectsV2(request ->
                        request.bucket(Site.BUCKET).prefix(prefix + path + "/").maxKeys(1))
                .join()
                .contents()
                .isEmpty();
    }

    private byte[] read(String path) {
        return client.getObject(
                        request -> request.bucket(Site.BUCKET).key(prefix + path), AsyncResponseTransformer.toBytes())
                .join()
                .asByteArray();
    }

    /** Describes what is at some paths and below them. */
    String describe(List<String> roots) {
        Found found = find(roots);
        List<String> lines = new ArrayList<>();
        found.directories().stream().sorted().forEach(path -> lines.add(path + "/"));
        found.files().keySet().forEach(path -> lines.add(path + ": " + Content.describe(read(path))));
        return lines.toString();
    }
}
