package dev.slipway.conformance;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * The clients of one account, which perform one operation after the other, over either protocol and at either gateway.
 * The seed determines the operations and the prepared faults; when a gateway is killed depends on the machine.
 *
 * <p>The model knows what the bucket must contain; what is not certain is left to {@link UncertainOutcomes}. Longer than
 * other classes, since it has one method for each operation, with what the model expects of it.
 */
final class ChaosWorker implements Runnable {
    /** How long a gateway caches directories. */
    private static final Duration OTHERS_KNOWLEDGE = Duration.ofSeconds(5);

    private static final int MOST_DIRECTORIES = 8;
    private static final int PART = 5 << 20;

    /** Stands for several interrupted uploads of a path, any of which may have been kept. */
    private static final Tree.Node SEVERAL = Tree.Node.DIRECTORY;

    private final String account;
    private final SplittableRandom random;
    private final ChaosRun run;
    private final BucketView bucket;
    private final List<FileClient[]> clients = new ArrayList<>();
    private final Tree tree = new Tree();
    private final UncertainOutcomes uncertain;

    /** What paths would have become whose uploads were interrupted, and may have been kept. */
    private final Map<String, Tree.Node> kept = new HashMap<>();

    private final Set<String> uploaded = new TreeSet<>();
    private int node;
    private long serial;
    private String operation = "";

    /** Whether the last step performed an operation: some find nothing to operate on. */
    private boolean tried;

    private long lastChange = System.nanoTime();
    private long cut = System.nanoTime();

    ChaosWorker(int number, ChaosRun run) {
        this.account = "w" + number + "x";
        this.run = run;
        this.random = new SplittableRandom(run.seed() * 1000 + number);
        this.bucket = new BucketView(run.site().client(), account);
        this.uncertain = new UncertainOutcomes(account, run, bucket, tree);
        this.serial = (long) number << 32;
        this.node = number % 2;
        for (ChaosNode gateway : run.nodes()) {
            Login login = new Login(account, Site.PASSWORD);
            clients.add(new FileClient[] {
                new SftpClient(() -> gateway.process().sftpPort(), login),
                new FtpsClient(() -> gateway.process().ftpsPort(), login)
            });
        }
    }

    String account() {
        return account;
    }

    /** All paths to which something was uploaded. */
    Set<String> uploaded() {
        return uploaded;
    }

    private ChaosNode gateway() {
        return run.nodes().get(node);
    }

    @Override
    public void run() {
        try {
            while (run.takeOperation()) {
                tried = false;
                while (!tried && !run.isStopped()) {
                    prepare();
                    step();
                }
            }
            uncertain.settle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            run.verdict().violation(account + " ended in " + operation + ": " + e);
            e.printStackTrace();
        } finally {
            hangUp();
        }
    }

    private void prepare() throws InterruptedException {
        uncertain.resolve(false);
        if (uncertain.areMany()) {
            uncertain.settle();
        }
        if (!gateway().isRunning() || random.nextInt(80) == 0) {
            move();
        }
    }

    private void hangUp() {
        clients.forEach(pair -> Arrays.asList(pair).forEach(FileClient::close));
    }

    /** Moves to the other gateway, once that one's caches have expired and this one has nothing in progress. */
    private void move() throws InterruptedException {
        ChaosNode left = gateway();
        int other = (node + 1) % clients.size();
        if (left.isRunning()) {
            uncertain.settle();
        } else if (random.nextInt(3) == 0 || !run.nodes().get(other).isRunning()) {
            run.await(left::isRunning, "a start of " + left);
            return;
        }
        Arrays.asList(clients.get(node)).forEach(FileClient::close);
        node = other;
        long early = lastChange + OTHERS_KNOWLEDGE.toNanos() - System.nanoTime();
        if (early > 0) {
            Thread.sleep(Duration.ofNanos(early));
        }
    }

    // ---- Operations ----

    private void step() throws InterruptedException {
        int chance = random.nextInt(100);
        int protocol = random.nextInt(2);
        FileClient client = clients.get(node)[protocol];
        List<String> directories = directories();
        List<String> files = files();
        String directory = directories.get(random.nextInt(directories.size()));
        if (chance < 30 || files.isEmpty()) {
            uploadAnywhere(client, directory, protocol == 0 && random.nextInt(4) == 0);
        } else if (chance < 38) {
            append(client, any(files));
        } else if (chance < 46) {
            resume(client);
        } else if (chance < 54) {
            rename(client, any(files), directory + "/" + newName());
        } else if (chance < 58) {
            rename(client, any(files), any(files));
        } else if (chance < 63) {
            renameDirectory(client, directories);
        } else if (chance < 70) {
            delete(client, any(files));
        } else if (chance < 76) {
            mkdir(client, directory);
        } else if (chance < 80) {
            rmdir(client, directories);
        } else if (chance < 87) {
            list(client, directory);
        } else if (chance < 96) {
            read(client, any(files));
        } else {
            look(client, any(files));
        }
    }

    private String any(List<String> paths) {
        return paths.get(random.nextInt(paths.size()));
    }

    private String newName() {
        return "f" + random.nextInt(8);
    }

    /** The directories that can be used, the root first. */
    private List<String> directories() {
        return Stream.concat(
                        Stream.of(""),
                        tree.nodes().entrySet().stream()
                                .filter(entry -> entry.getValue().isDirectory())
                                .map(Map.Entry::getKey))
                .filter(path -> path.isEmpty() || !uncertain.isCovered(path))
                .toList();
    }

    private List<String> files() {
        return tree.nodes().entrySet().stream()
                .filter(entry -> !entry.getValue().isDirectory())
                .map(Map.Entry::getKey)
                .filter(path -> uncertain.isFree(path) && !kept.containsKey(path))
                .toList();
    }

    private Content newContent() {
        int chance = random.nextInt(100);
        int length = chance < 5
                ? 0
                : chance < 75
                        ? random.nextInt(1, 64 * 1024)
                        : chance < 88 ? random.nextInt(1024 * 1024) : random.nextInt(PART - 1, 13 << 20);
        return new Content(serial++, length);
    }

    private void uploadAnywhere(FileClient client, String directory, boolean exclusive) throws InterruptedException {
        upload(client, directory + "/" + newName(), exclusive);
    }

    private void upload(FileClient client, String path, boolean exclusive) throws InterruptedException {
        Optional<Tree.Node> present = tree.at(path);
        if (!uncertain.isFree(path) || present.filter(Tree.Node::isDirectory).isPresent()) {
            return;
        }
        boolean isNew = exclusive && present.isEmpty() && !kept.containsKey(path);
        Tree.Node node = Tree.Node.file(List.of(newContent()));
        send(client, path, node, node.bytes(), 0, isNew ? Upload.Mode.NEW : Upload.Mode.REPLACE);
    }

    private void append(FileClient client, String path) throws InterruptedException {
        Tree.Node before = tree.at(path).orElseThrow();
        Content added = newContent();
        if (before.size() + added.length() > 16 << 20) {
            return;
        }
        List<Content> pieces = new ArrayList<>(before.pieces().orElseThrow());
        pieces.add(added);
        send(client, path, Tree.Node.file(pieces), added.bytes(), 0, Upload.Mode.APPEND);
    }

    /** Asks for the size of an interrupted upload, as clients do, and sends the rest. */
    private void resume(FileClient client) throws InterruptedException {
        List<String> directories = directories();
        List<String> candidates = kept.keySet().stream()
                .filter(path -> uncertain.isFree(path) && directories.contains(Tree.parent(path)))
                .sorted()
                .toList();
        if (candidates.isEmpty()) {
            return;
        }
        List<String> large = candidates.stream()
                .filter(candidate -> {
                    Tree.Node upload = kept.getOrDefault(candidate, SEVERAL);
                    return !upload.equals(SEVERAL) && upload.size() > PART;
                })
                .toList();
        String path = any(large.isEmpty() ? candidates : large);
        Tree.Node node = kept.getOrDefault(path, SEVERAL);
        if (node.equals(SEVERAL)) {
            upload(client, path, false);
            return;
        }
        Optional<Entry> seen = ask(client, "stat for resume " + path, () -> client.stat(path));
        if (seen.isEmpty()) {
            return;
        }
        long size = seen.get().size();
        Optional<Tree.Node> present = tree.at(path);
        boolean nothingKept = present.isPresent() && present.get().size() == size;
        if (size > node.size() && !nothingKept) {
            run.verdict().violation(account + path + " shows " + size + " bytes of an upload of " + node.size());
        }
        if (nothingKept || size == 0 || size > node.size()) {
            send(client, path, node, node.bytes(), 0, Upload.Mode.REPLACE);
        } else {
            byte[] all = node.bytes();
            run.countResume();
            send(client, path, node, Arrays.copyOfRange(all, (int) size, all.length), size, Upload.Mode.REPLACE);
        }
    }

    private void send(FileClient client, String path, Tree.Node node, byte[] bytes, long start, Upload.Mode mode)
            throws InterruptedException {
        uploaded.add(path);
        Fault fault = fault();
        Upload.Cut cut = Upload.Cut.NEVER;
        // Only an upload with at least one part can be resumed.
        boolean large = bytes.length > PART;
        if (large && fault != Fault.NONE && random.nextInt(2) == 0) {
            fault = Fault.CLIENT;
        }
        if (fault == Fault.CLIENT) {
            boolean within = bytes.length > 0 && random.nextInt(large ? 6 : 3) > 0;
            cut = within ? Upload.Cut.WITHIN : Upload.Cut.BEFORE_ANSWER;
        }
        int cutAt = large ? random.nextInt(PART, bytes.length) : bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        Upload how = new Upload(start, mode, cut, cutAt);
        Outcome outcome = change(
                client,
                "upload of " + path + " " + node + " " + how,
                fault,
                List.of(path),
                List.of(tree, tree.with(path, node)),
                () -> client.upload(path, bytes, how));
        if (outcome == Outcome.DONE) {
            kept.remove(path);
        } else if (outcome == Outcome.UNKNOWN) {
            kept.merge(path, node, (before, now) -> before.equals(now) ? now : SEVERAL);
        }
    }

    private void rename(FileClient client, String from, String to) throws InterruptedException {
        if (from.equals(to)
                || !uncertain.isFree(to)
                || tree.at(to).filter(Tree.Node::isDirectory).isPresent()) {
            return;
        }
        Tree both = tree.with(to, tree.at(from).orElseThrow());
        Outcome outcome = change(
                client,
                "rename of " + from + " to " + to,
                fault(),
                List.of(from, to),
                // A gateway that ends between the copy and the deletion leaves both files.
                List.of(tree, tree.renamed(from, to), both),
                () -> client.rename(from, to));
        if (outcome == Outcome.DONE) {
            kept.remove(to);
        }
    }

    private void renameDirectory(FileClient client, List<String> directories) throws InterruptedException {
        String from = any(directories);
        String parent = any(directories);
        String to = parent + "/r" + serial++;
        if (from.isEmpty() || Tree.isWithin(to, from) || !uncertain.isFree(from)) {
            return;
        }
        change(
                client,
                "rename of the directory " + from + " to " + to,
                fault(),
                List.of(from, to),
                List.of(tree, tree.renamed(from, to)),
                () -> client.rename(from, to));
    }

    private void delete(FileClient client, String path) throws InterruptedException {
        change(
                client,
                "delete of " + path,
                fault(),
                List.of(path),
                List.of(tree, tree.without(path)),
                () -> client.delete(path));
    }

    private void mkdir(FileClient client, String parent) throws InterruptedException {
        if (directories().size() > MOST_DIRECTORIES
                || parent.chars().filter(c -> c == '/').count() > 2) {
            return;
        }
        String path = parent + "/d" + serial++;
        change(
                client,
                "mkdir " + path,
                fault(),
                List.of(path),
                List.of(tree, tree.with(path, Tree.Node.DIRECTORY)),
                () -> client.mkdir(path));
    }

    private void rmdir(FileClient client, List<String> directories) throws InterruptedException {
        List<String> empty = directories.stream()
                .filter(path -> !path.isEmpty() && !tree.hasChildren(path) && uncertain.isFree(path))
                .toList();
        if (empty.isEmpty()) {
            return;
        }
        String path = any(empty);
        change(
                client,
                "rmdir " + path,
                fault(),
                List.of(path),
                List.of(tree, tree.without(path)),
                () -> client.rmdir(path));
    }

    private void list(FileClient client, String directory) throws InterruptedException {
        Optional<Map<String, Entry>> seen = ask(
                client, "list of " + directory, () -> Optional.of(client.list(directory.isEmpty() ? "/" : directory)));
        if (seen.isEmpty()) {
            return;
        }
        Map<String, Entry> entries = seen.get();
        Set<String> names = new TreeSet<>(entries.keySet());
        tree.nodes().keySet().stream()
                .filter(path -> Tree.parent(path).equals(directory))
                .map(path -> path.substring(directory.length() + 1))
                .forEach(names::add);
        for (String name : names) {
            String path = directory + "/" + name;
            if (uncertain.isFree(path)) {
                compare(path, Optional.ofNullable(entries.get(name)), "listed");
            }
        }
    }

    private void look(FileClient client, String path) throws InterruptedException {
        ask(client, "stat of " + path, () -> {
            compare(path, client.stat(path), "seen");
            return Optional.of(path);
        });
    }

    private void compare(String path, Optional<Entry> seen, String how) {
        Optional<Tree.Node> expected = tree.at(path);
        boolean same = seen.isPresent() == expected.isPresent()
                && (seen.isEmpty() || isSame(seen.get(), expected.orElseThrow()));
        if (!same && expected.isEmpty() && seen.orElseThrow().isDirectory() && bucket.isEmpty(path)) {
            // A MinIO that is killed during a delete keeps a folder on its disk, and lists it as a prefix without keys.
            run.leftByStore(account + path);
        } else if (!same) {
            run.verdict().violation(account + path + " is " + how + " as " + seen + " but should be " + expected);
        }
    }

    private static boolean isSame(Entry seen, Tree.Node expected) {
        return seen.isDirectory() ? expected.isDirectory() : !expected.isDirectory() && seen.size() == expected.size();
    }

    private void read(FileClient client, String path) throws InterruptedException {
        Tree.Node expected = tree.at(path).orElseThrow();
        Optional<byte[]> bytes = ask(client, "download of " + path, () -> Optional.of(client.download(path)));
        if (bytes.isPresent() && !Arrays.equals(bytes.get(), expected.bytes())) {
            run.verdict()
                    .violation(account + path + " should be " + expected + " but was read as "
                            + Content.describe(bytes.get()));
        }
    }

    // ---- Performing operations ----

    /** The fault that an operation meets. */
    private enum Fault {
        NONE,
        STORE,
        /** The client loses its connection. */
        CLIENT,
        /** The gateway loses all its connections to the store. */
        NETWORK
    }

    private enum Outcome {
        DONE,
        UNKNOWN,
        /** It was not started. */
        NOT_TRIED
    }

    private interface Change {
        void run() throws IOException, RefusedException;
    }

    private interface Question<T> {
        Optional<T> run() throws IOException, RefusedException;
    }

    private Fault fault() {
        if (!run.takeFault(random)) {
            return Fault.NONE;
        }
        int chance = random.nextInt(100);
        return chance < 60 ? Fault.STORE : chance < 96 ? Fault.CLIENT : Fault.NETWORK;
    }

    private boolean connect(FileClient client) throws InterruptedException {
        try {
            client.connect();
            tried = true;
            return true;
        } catch (IOException | RefusedException e) {
            client.drop();
            if (run.isCalm()
                    || (gateway().isRunning()
                            && run.disturbances().quietNanos() > UncertainOutcomes.REFUSED.toNanos())) {
                run.unexplained(account + " login by " + client + " at " + gateway() + ": " + e);
            }
            Thread.sleep(200);
            return false;
        }
    }

    /** Makes a change; the first alternative is the state before, the second the state after. */
    private Outcome change(
            FileClient client, String what, Fault fault, List<String> roots, List<Tree> alternatives, Change change)
            throws InterruptedException {
        if (!connect(client)) {
            return Outcome.NOT_TRIED;
        }
        operation = what + " by " + client + " at " + gateway() + " with " + begin(fault, what, client);
        ChaosNode gateway = gateway();
        int kills = gateway.kills();
        boolean refused = false;
        try {
            change.run();
            tree.replace(roots, alternatives.get(1).fragment(roots));
            lastChange = System.nanoTime();
            verify(roots);
            return Outcome.DONE;
        } catch (RefusedException e) {
            refused = true;
            if (what.startsWith("upload")) {
                // Its handle may still be open.
                client.drop();
            }
            judge(fault, kills, gateway, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            client.drop();
            judge(fault, kills, gateway, e.toString());
        } finally {
            run.storeFaults().clear(account);
        }
        lastChange = System.nanoTime();
        List<Tree> fragments =
                alternatives.stream().map(tree -> tree.fragment(roots)).toList();
        uncertain.add(roots, fragments, refused, operation);
        return Outcome.UNKNOWN;
    }

    /** Asks a question; empty if there was no answer, or nothing was found. */
    private <T> Optional<T> ask(FileClient client, String what, Question<T> question) throws InterruptedException {
        if (!connect(client)) {
            return Optional.empty();
        }
        Fault fault = fault();
        operation = what + " by " + client + " at " + gateway() + " with " + begin(fault, what, client);
        ChaosNode gateway = gateway();
        int kills = gateway.kills();
        try {
            return question.run();
        } catch (RefusedException e) {
            judge(fault, kills, gateway, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            client.drop();
            judge(fault, kills, gateway, e.toString());
        } finally {
            run.storeFaults().clear(account);
        }
        return Optional.empty();
    }

    /** Prepares the fault of the next operation, and logs it. */
    private String begin(Fault fault, String what, FileClient client) {
        switch (fault) {
            case NONE -> {}
            case STORE -> {
                StoreFault next = StoreFault.any(random);
                int skipped = random.nextInt(4) == 0 ? random.nextInt(1, 4) : 0;
                run.storeFaults().prepare(account, next, skipped, random.split());
                return next + " after " + skipped + " requests";
            }
            case CLIENT -> {
                if (!what.startsWith("upload")) {
                    Duration delay = Duration.ofMillis(random.nextInt(40));
                    run.later(delay, client::drop);
                    // It may cut the next operation instead.
                    cut = System.nanoTime();
                }
            }
            case NETWORK -> {
                Duration delay = Duration.ofMillis(random.nextInt(20));
                ChaosNode gateway = gateway();
                run.later(delay, () -> {
                    run.disturbances().networkWasCut();
                    gateway.cutOffStore();
                });
            }
        }
        return fault.toString();
    }

    /** A refusal or missing answer needs a reason. */
    private void judge(Fault fault, int kills, ChaosNode gateway, String answer) {
        boolean disturbed = fault != Fault.NONE
                || System.nanoTime() - cut < UncertainOutcomes.REFUSED.toNanos()
                || gateway.kills() != kills
                || run.disturbances().quietNanos() < UncertainOutcomes.DEADLINE.toNanos() / 15;
        if (!disturbed || run.isCalm()) {
            run.unexplained(account + " " + operation + ": " + answer);
        }
    }

    /** Checks that what was reported as done is stored. */
    private void verify(List<String> roots) {
        Tree expected = tree.fragment(roots);
        try {
            if (bucket.match(roots, List.of(expected)).isEmpty()) {
                run.verdict()
                        .violation(account + roots + " after the success of " + operation + "\n    must be " + expected
                                + "\n    is      " + bucket.describe(roots));
            }
        } catch (CompletionException e) {
            // The store was just killed; the end of the run compares everything.
        }
    }

    // ---- The end ----

    /** Compares everything: in the bucket, and as both protocols show it at both gateways. */
    void compareAll() throws InterruptedException {
        uncertain.settle();
        List<String> everything = List.of("");
        if (bucket.match(everything, List.of(tree)).isEmpty()) {
            run.verdict()
                    .violation(account + " should finally have\n    " + tree + "\n    but has\n    "
                            + bucket.describe(everything));
        }
        for (node = 0; node < clients.size(); node++) {
            for (FileClient client : clients.get(node)) {
                for (String directory : directories()) {
                    list(client, directory);
                }
                for (String path : files()) {
                    read(client, path);
                }
            }
        }
        node = 0;
        hangUp();
    }

    int size() {
        return tree.nodes().size();
    }
}
