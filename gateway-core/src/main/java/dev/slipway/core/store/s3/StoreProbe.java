package dev.slipway.core.store.s3;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.store.Crc32;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.s3.ProbeReport.Check;
import dev.slipway.core.store.s3.ProbeReport.Finding;
import dev.slipway.core.store.s3.ProbeReport.Level;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ListPartsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Finds out with real requests what a bucket's store can do, what Slipway does instead where it cannot, and what is
 * wrong. It writes under a prefix of its own, {@code .slipway-probe-} and a random number, and removes all of that, also
 * after a failure or an interrupt; and what probes that were killed have left.
 *
 * <p>What is found here is for people. The gateway itself relies on none of it: it adapts to what a store answers.
 */
public final class StoreProbe {
    /** When asking stops; what is then unknown stays so. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration GREATEST_SKEW = Duration.ofMinutes(5);
    private static final Duration LEFT_BEHIND = Duration.ofDays(1);

    /** S3 takes no smaller part but the last. */
    private static final int PART_BYTES = 5 << 20;

    /** Of an answer not more is shown, in characters: some stores repeat the key. */
    private static final int LONGEST_ANSWER = 200;

    /** Of how many uploads that were left behind the size is looked at. */
    private static final int MEASURED_UPLOADS = 10;

    private static final byte[] SMALL = "Slipway tests what this store can do.".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OTHER = "other".getBytes(StandardCharsets.UTF_8);
    private static final String WRONG_ENTITY_TAG = "\"00000000000000000000000000000000\"";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ProbeRequests requests;

    /** How objects are to be stored in places of this bucket. */
    private final List<StorageRule> rules;

    private final Duration old;
    private final List<Finding> findings = new ArrayList<>();

    private StoreProbe(ProbeRequests requests, List<StorageRule> rules, Duration old) {
        this.requests = requests;
        this.rules = rules;
        this.old = old;
    }

    /**
     * Probes a bucket. Blocks for some seconds, and for about 45 at most; moves about 6 MiB.
     *
     * @throws InterruptedException the thread was interrupted; what was written is removed all the same
     */
    public static ProbeReport run(S3Settings settings, String bucket) throws InterruptedException {
        return run(settings, bucket, EarlierProbes.OLD);
    }

    /** @param old the age of what is removed of probes that were killed */
    static ProbeReport run(S3Settings settings, String bucket, Duration old) throws InterruptedException {
        SdkEventLoopGroup eventLoops =
                SdkEventLoopGroup.builder().numberOfThreads(1).build();
        try (S3AsyncClient client = S3Clients.createForProbe(settings, eventLoops, CALL_TIMEOUT)) {
            byte[] random = new byte[8];
            RANDOM.nextBytes(random);
            String prefix = ObjectStore.PROBE_PREFIX + HexFormat.of().formatHex(random) + "/";
            ProbeRequests requests = new ProbeRequests(client, bucket, prefix, LIMIT);
            List<StorageRule> rules = settings.storage().stream()
                    .filter(rule -> rule.bucket().equals(bucket))
                    .toList();
            StoreProbe probe = new StoreProbe(requests, rules, old);
            probe.askAll();
            if (requests.wasInterrupted()) {
                throw new InterruptedException("the probe of bucket '" + bucket + "' was interrupted");
            }
            return new ProbeReport(bucket, probe.findings);
        } finally {
            var _ = eventLoops.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private void askAll() {
        if (!askWhetherItIsThere()) {
            return;
        }
        try {
            if (askForObjects()) {
                askForChecksums();
                askForConditions();
                askForCopies();
                askForMultipart();
                askForBatchDelete();
                askForListings();
                askForKeys();
            }
            for (StorageRule rule : rules) {
                step(Check.STORAGE, () -> askForStorage(rule));
            }
            askForRules();
        } finally {
            removeTraces();
        }
    }

    // The steps. Each adds its findings; what goes wrong in another way than was thought of is unknown.

    /** A step of the probe. */
    private interface Step {
        void run() throws StoreException;
    }

    private void step(Check check, Step step) {
        if (requests.isOver()) {
            add(check, Level.UNKNOWN, "not tested: the probe's time was over", "");
            return;
        }
        try {
            step.run();
        } catch (StoreException e) {
            add(check, Level.UNKNOWN, AwsFailures.answer(e), "");
        }
    }

    private void add(Check check, Level level, String answer, String consequence) {
        String shown = answer.length() > LONGEST_ANSWER ? answer.substring(0, LONGEST_ANSWER) + " …" : answer;
        findings.add(new Finding(check, level, shown, consequence));
    }

    private void works(Check check, String answer) {
        add(check, Level.WORKS, answer, "");
    }

    /**
     * Makes a request that may be refused; returns the refusal.
     *
     * @throws StoreException the store failed, which says nothing of what it can do
     */
    private static Optional<StoreException> refusal(Step request) throws StoreException {
        try {
            request.run();
            return Optional.empty();
        } catch (StoreException e) {
            // Without a cause: what the probe itself has found wrong with an answer.
            boolean refused = e.getCause() == null
                    || (e.getCause() instanceof AwsServiceException service
                            && (service.statusCode() < 500 || service.statusCode() == 501));
            if (!refused) {
                throw e;
            }
            return Optional.of(e);
        }
    }

    /** Returns whether there is a bucket to ask more of. */
    private boolean askWhetherItIsThere() {
        StoreException e;
        try {
            var _ = requests.ask(requests.client()
                    .listObjectsV2(request -> request.bucket(requests.bucket())
                            .prefix(requests.key(""))
                            .maxKeys(1)));
            works(Check.REACHABLE, "yes");
            addClock();
            works(Check.CREDENTIALS, "yes");
            works(Check.BUCKET, "yes");
            works(Check.LIST, "yes");
            return true;
        } catch (StoreException refusal) {
            e = refusal;
        }
        String answer = AwsFailures.answer(e);
        if (!(e.getCause() instanceof AwsServiceException service)) {
            if (answer.contains("credentials")) {
                add(
                        Check.CREDENTIALS,
                        Level.WRONG,
                        answer,
                        "Set s3.accessKey and s3.secretKey, or give the process a role.");
            } else {
                add(
                        Check.REACHABLE,
                        Level.WRONG,
                        answer,
                        "Check s3.endpoint, s3.proxy, s3.caFile, the network, and whether the store is running.");
            }
            return false;
        }
        return switch (AwsFailures.code(service)) {
            case "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "ExpiredToken",
                    "InvalidToken",
                    "InvalidSecurity",
                    "NotSignedUp",
                    "AccountProblem",
                    "TokenRefreshRequired",
                    "AuthorizationHeaderMalformed",
                    "RequestTimeTooSkewed",
                    "RequestExpired" -> {
                works(Check.REACHABLE, "yes");
                addClock();
                add(
                        Check.CREDENTIALS,
                        Level.WRONG,
                        answer,
                        "Check s3.accessKey, s3.secretKey and s3.region: the store does not accept them.");
                yield false;
            }
            case "NoSuchBucket", "PermanentRedirect", "InvalidBucketName" -> {
                works(Check.REACHABLE, "yes");
                addClock();
                add(
                        Check.BUCKET,
                        Level.WRONG,
                        answer,
                        "Create the bucket, or correct its name, s3.region or s3.endpoint. Slipway does not create"
                                + " buckets.");
                yield false;
            }
            default -> {
                if (e.failure() == Failure.PERMISSION_DENIED) {
                    works(Check.REACHABLE, "yes");
                    addClock();
                    add(
                            Check.LIST,
                            Level.WRONG,
                            answer,
                            "Allow s3:ListBucket. Without it no directory can be listed, and the gateway never becomes"
                                    + " ready.");
                    yield true;
                }
                add(Check.REACHABLE, Level.WRONG, answer, "The server at s3.endpoint is not a working S3 store.");
                yield false;
            }
        };
    }

    private void addClock() {
        Optional<Duration> skew = requests.skew();
        if (skew.isEmpty()) {
            add(Check.CLOCK, Level.UNKNOWN, "its answers have no date", "");
        } else if (skew.get().abs().compareTo(GREATEST_SKEW) > 0) {
            add(
                    Check.CLOCK,
                    Level.DIFFERS,
                    "they differ by " + skew.get().abs().toSeconds() + " s",
                    "Synchronise the clocks. Stores refuse requests that seem to be 15 minutes old, and files show the"
                            + " store's times.");
        } else {
            works(Check.CLOCK, "within " + (skew.get().abs().toSeconds() + 1) + " s");
        }
    }

    /** Writes an object where a rule holds, and looks at how it was stored. */
    private void askForStorage(StorageRule rule) throws StoreException {
        String key = rule.prefix() + requests.key("stored");
        try {
            var _ = requests.put(PutObjectRequest.builder().key(key), SMALL);
            HeadObjectResponse stored = requests.ask(requests.client()
                    .headObject(request -> request.bucket(requests.bucket()).key(key)));
            add(stored, rule);
        } catch (StoreException e) {
            boolean isRole = rule.policy().role() != null && !(e.getCause() instanceof AwsServiceException);
            if (!isRole
                    && refusal(() -> {
                                throw e;
                            })
                            .isEmpty()) {
                throw e;
            }
            add(
                    Check.STORAGE,
                    Level.WRONG,
                    rule.place() + ": " + AwsFailures.answer(e),
                    "Uploads there will fail in the same way. Correct this place under storage in the settings, or "
                            + "allow its role, key, class or ACL.");
        }
    }

    private void add(HeadObjectResponse stored, StorageRule rule) {
        String wanted = switch (rule.policy().encryption()) {
            case Encryption.BucketDefault _ -> null;
            case Encryption.StoreKeys _ -> "AES256";
            case Encryption.Kms _ -> "aws:kms";
            case Encryption.Customer(CustomerKey key) -> key.md5();
        };
        String found = rule.policy().encryption() instanceof Encryption.Customer
                ? stored.sseCustomerKeyMD5()
                : stored.serverSideEncryptionAsString();
        String storageClass = rule.policy().storageClass();
        String foundClass = Objects.requireNonNullElse(stored.storageClassAsString(), "STANDARD");
        if (wanted != null && !wanted.equals(found)) {
            add(
                    Check.STORAGE,
                    Level.WRONG,
                    rule.place() + ": it takes the request, and does not encrypt",
                    "Files there are not encrypted as the settings ask.");
        } else if (storageClass != null && !storageClass.equals(foundClass)) {
            add(
                    Check.STORAGE,
                    Level.DIFFERS,
                    rule.place() + ": in class " + foundClass + ", not in " + storageClass,
                    "Files there are stored in that class.");
        } else {
            works(Check.STORAGE, rule.place() + ": yes");
        }
    }

    /** Returns whether objects can be written, so that there is more to ask. */
    private boolean askForObjects() {
        Optional<StoreException> refusal;
        try {
            refusal = refusal(() -> requests.put("small", SMALL));
        } catch (StoreException e) {
            add(Check.PUT, Level.UNKNOWN, AwsFailures.answer(e), "Nothing else was tested.");
            return false;
        }
        if (refusal.isPresent()) {
            add(
                    Check.PUT,
                    Level.WRONG,
                    AwsFailures.answer(refusal.get()),
                    refusal.get().failure() == Failure.PERMISSION_DENIED
                            ? "Allow s3:PutObject. Without it only downloads work; nothing else was tested."
                            : "Uploads will fail in the same way; nothing else was tested.");
            return false;
        }
        works(Check.PUT, "yes");
        step(Check.GET, this::askForReading);
        step(Check.HEAD_MISSING, () -> {
            StoreException missing = refusal(() -> head("never-there")).orElse(null);
            if (missing == null) {
                add(
                        Check.HEAD_MISSING,
                        Level.WRONG,
                        "it says that there is one",
                        "Every upload would seem to replace a file.");
            } else if (missing.failure() == Failure.NOT_FOUND) {
                works(Check.HEAD_MISSING, "404");
            } else {
                add(
                        Check.HEAD_MISSING,
                        Level.WRONG,
                        AwsFailures.answer(missing),
                        "Allow s3:ListBucket. Without it a missing file looks like a refused one.");
            }
        });
        step(Check.DELETE, () -> {
            requests.put("deleted", OTHER);
            Optional<StoreException> refused = refusal(() -> delete("deleted"));
            if (refused.isPresent()) {
                add(
                        Check.DELETE,
                        Level.WRONG,
                        AwsFailures.answer(refused.get()),
                        "Allow s3:DeleteObject. Without it files can be neither deleted nor renamed, and this probe leaves its"
                                + " objects behind.");
            } else if (isThere("deleted")) {
                add(Check.DELETE, Level.WRONG, "it says yes, and keeps the object", "Deleted files come back.");
            } else {
                works(Check.DELETE, "yes");
            }
        });
        return true;
    }

    private void askForReading() throws StoreException {
        List<byte[]> read = new ArrayList<>();
        Optional<StoreException> refused = refusal(() -> read.add(requests.result(requests.client()
                        .getObject(
                                request -> request.bucket(requests.bucket())
                                        .key(requests.key("small"))
                                        .range("bytes=1-4"),
                                AsyncResponseTransformer.toBytes()))
                .asByteArray()));
        if (refused.isPresent()) {
            add(
                    Check.GET,
                    Level.WRONG,
                    AwsFailures.answer(refused.get()),
                    "Allow s3:GetObject. Without it there are no downloads, and uploads cannot see what they replace.");
            return;
        }
        if (Arrays.equals(read.getFirst(), Arrays.copyOfRange(SMALL, 1, 5))) {
            works(Check.GET, "yes, including ranges");
        } else {
            add(
                    Check.GET,
                    Level.WRONG,
                    "the bytes of a range are not those that were asked for",
                    "Downloads will fail: Slipway reads in ranges, and checks that it gets them.");
        }
    }

    private HeadObjectResponse head(String name) throws StoreException {
        return requests.ask(requests.client()
                .headObject(request -> request.bucket(requests.bucket()).key(requests.key(name))));
    }

    private boolean isThere(String name) throws StoreException {
        try {
            head(name);
            return true;
        } catch (StoreException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private void delete(String name) throws StoreException {
        var _ = requests.ask(requests.client()
                .deleteObject(request -> request.bucket(requests.bucket()).key(requests.key(name))));
    }

    private PutObjectRequest.Builder putRequest(String name) {
        return PutObjectRequest.builder().key(requests.key(name));
    }

    private void askForChecksums() {
        step(Check.CHECKSUM, () -> {
            Optional<StoreException> refused =
                    refusal(() -> requests.put(putRequest("checksum").checksumCRC32(crc(SMALL)), SMALL));
            if (refused.isEmpty()) {
                works(Check.CHECKSUM, "yes");
            } else {
                add(
                        Check.CHECKSUM,
                        Level.DIFFERS,
                        AwsFailures.answer(refused.get()),
                        "Slipway notices and sends none; s3.checksums: none saves the attempts. Only TLS protects the bytes.");
            }
        });
        step(Check.CHECKSUM_VERIFIED, () -> {
            Optional<StoreException> refused =
                    refusal(() -> requests.put(putRequest("checksum").checksumCRC32(crc(OTHER)), SMALL));
            if (refused.isPresent()) {
                works(Check.CHECKSUM_VERIFIED, AwsFailures.answer(refused.get()));
            } else {
                add(
                        Check.CHECKSUM_VERIFIED,
                        Level.DIFFERS,
                        "it stores them",
                        "Slipway still sends checksums, but only TLS detects damage in transit: use https.");
            }
        });
    }

    private static String crc(byte[] bytes) {
        return ObjectChecksums.base64(crcValue(bytes));
    }

    private static int crcValue(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private void askForConditions() {
        step(
                Check.PUT_IF_ABSENT,
                () -> addCondition(
                        Check.PUT_IF_ABSENT,
                        refusal(() -> requests.put(putRequest("small").ifNoneMatch("*"), SMALL))));
        step(
                Check.PUT_IF_MATCH,
                () -> addCondition(
                        Check.PUT_IF_MATCH,
                        refusal(() -> requests.put(putRequest("small").ifMatch(WRONG_ENTITY_TAG), SMALL))));
        step(Check.ENTITY_TAGS, () -> {
            String put = AwsAnswers.etag(requests.put("small", SMALL).eTag());
            String head = AwsAnswers.etag(head("small").eTag());
            if (head.isEmpty()) {
                add(
                        Check.ENTITY_TAGS,
                        Level.DIFFERS,
                        "none",
                        "Slipway cannot tell that a file is replaced while it is being read.");
            } else if (!put.equals(head)) {
                add(
                        Check.ENTITY_TAGS,
                        Level.DIFFERS,
                        "after a write it gives '" + put + "', later '" + head + "'",
                        "Slipway checks again after each upload that sets a time.");
            } else {
                works(Check.ENTITY_TAGS, "yes");
            }
        });
    }

    /** @param refused what became of a request whose condition does not hold */
    private void addCondition(Check check, Optional<StoreException> refused) {
        String instead = "Slipway checks just before it writes, and holds a lock. What other programs or gateways"
                + " write at that moment may be replaced.";
        if (refused.isEmpty()) {
            add(check, Level.DIFFERS, "it ignores the condition", instead);
        } else if (refused.get().failure() == Failure.CONFLICT) {
            works(check, AwsFailures.answer(refused.get()));
        } else if (AwsFailures.isRefusal(refused.get())) {
            add(check, Level.DIFFERS, AwsFailures.answer(refused.get()), instead);
        } else {
            add(check, Level.UNKNOWN, AwsFailures.answer(refused.get()), instead);
        }
    }

    private void askForCopies() {
        step(Check.COPY, () -> {
            requests.put(putRequest("source").metadata(Map.of("probe", "kept")).contentType("text/x-probe"), SMALL);
            String target = requests.written("copy");
            Optional<StoreException> refused = refusal(() -> copy("source", target, null));
            if (refused.isPresent()) {
                add(
                        Check.COPY,
                        Level.WRONG,
                        AwsFailures.answer(refused.get()),
                        "Files cannot be renamed. Many clients upload under another name and rename.");
                return;
            }
            HeadObjectResponse copy = head("copy");
            boolean kept = "kept".equals(copy.metadata().get("probe")) && "text/x-probe".equals(copy.contentType());
            if (kept) {
                works(Check.COPY, "yes");
            } else {
                add(
                        Check.COPY,
                        Level.DIFFERS,
                        "yes, but metadata " + copy.metadata() + " and content type " + copy.contentType(),
                        "Metadata of other programs is lost when their objects are renamed.");
            }
        });
        step(Check.COPY_IF_ABSENT, () -> {
            requests.put("occupied", OTHER);
            addCondition(Check.COPY_IF_ABSENT, refusal(() -> copy("source", requests.written("occupied"), "*")));
        });
        step(Check.TAGS, () -> {
            Optional<StoreException> refused =
                    refusal(() -> requests.put(putRequest("tagged").tagging("probe=kept"), SMALL));
            String answer = refused.map(AwsFailures::answer).orElse("");
            if (refused.isEmpty()) {
                var tags = requests.ask(requests.client()
                        .getObjectTagging(
                                request -> request.bucket(requests.bucket()).key(requests.key("tagged"))));
                if (tags.tagSet().stream().anyMatch(tag -> "kept".equals(tag.value()))) {
                    works(Check.TAGS, "yes");
                    return;
                }
                answer = "it forgets them";
            }
            add(Check.TAGS, Level.DIFFERS, answer, "Slipway needs none; large objects are copied without tags.");
        });
    }

    private void copy(String source, String target, @Nullable String ifNoneMatch) throws StoreException {
        var _ = requests.ask(requests.client()
                .copyObject(request -> request.sourceBucket(requests.bucket())
                        .sourceKey(requests.key(source))
                        .destinationBucket(requests.bucket())
                        .destinationKey(target)
                        .ifNoneMatch(ifNoneMatch)));
    }

    private void askForMultipart() {
        byte[] part = new byte[PART_BYTES];
        Arrays.fill(part, (byte) 'x');
        step(Check.MULTIPART, () -> askForParts(part));
        step(Check.ABORT, () -> {
            String uploadId = requests.create(CreateMultipartUploadRequest.builder(), "aborted");
            uploadPart("aborted", uploadId, 1, SMALL, false);
            Optional<StoreException> refused = refusal(() -> requests.ask(requests.client()
                    .abortMultipartUpload(request -> request.bucket(requests.bucket())
                            .key(requests.key("aborted"))
                            .uploadId(uploadId))));
            if (refused.isPresent()) {
                add(
                        Check.ABORT,
                        Level.WRONG,
                        AwsFailures.answer(refused.get()),
                        "Allow s3:AbortMultipartUpload. Without it aborted uploads stay in the bucket and cost money.");
                return;
            }
            requests.ended(uploadId);
            works(Check.ABORT, "yes");
        });
    }

    private CompletedPart uploadPart(String name, String uploadId, int number, byte[] bytes, boolean checksum)
            throws StoreException {
        String crc = checksum ? crc(bytes) : null;
        var response = requests.ask(requests.client()
                .uploadPart(
                        request -> request.bucket(requests.bucket())
                                .key(requests.key(name))
                                .uploadId(uploadId)
                                .partNumber(number)
                                .contentLength((long) bytes.length)
                                .checksumCRC32(crc),
                        AsyncRequestBody.fromBytes(bytes)));
        return CompletedPart.builder()
                .partNumber(number)
                .eTag(response.eTag())
                .checksumCRC32(crc)
                .build();
    }

    private void askForParts(byte[] part) throws StoreException {
        Optional<StoreException> refused = refusal(() -> askForUpload(part));
        if (refused.isPresent()) {
            add(
                    Check.MULTIPART,
                    Level.WRONG,
                    AwsFailures.answer(refused.get()),
                    "Files of more than a part (memory.firstPart, 8MiB) cannot be uploaded.");
            return;
        }
        works(Check.MULTIPART, "yes");
        step(Check.COPY_PART, () -> askForCopiedParts(part));
    }

    /** An upload of two parts, with the checksum of the whole where the store has it. */
    private void askForUpload(byte[] part) throws StoreException {
        CreateMultipartUploadRequest.Builder plain = CreateMultipartUploadRequest.builder();
        String uploadId;
        boolean wholeChecksum;
        boolean checksums = true;
        try {
            var created = requests.createUpload(
                    CreateMultipartUploadRequest.builder()
                            .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                            .checksumType(ChecksumType.FULL_OBJECT),
                    "multipart");
            uploadId = created.uploadId();
            wholeChecksum = created.checksumType() == ChecksumType.FULL_OBJECT;
        } catch (StoreException e) {
            if (!AwsFailures.isRefusal(e)) {
                throw e;
            }
            uploadId = requests.create(plain, "multipart");
            wholeChecksum = false;
            checksums = false;
        }
        String id = uploadId;
        List<CompletedPart> parts = List.of(
                uploadPart("multipart", id, 1, part, checksums), uploadPart("multipart", id, 2, SMALL, checksums));
        step(Check.LIST_PARTS, () -> askForListedParts(id));
        step(Check.LIST_UPLOADS, () -> askForListedUploads(id));
        requests.put("multipart", OTHER);
        String whole = wholeChecksum
                ? ObjectChecksums.base64(Crc32.combine(crcValue(part), crcValue(SMALL), SMALL.length))
                : null;
        if (wholeChecksum) {
            Optional<StoreException> wrong = refusal(() -> complete("multipart", id, parts, crc(OTHER), null));
            addWholeChecksum(wrong);
            if (wrong.isEmpty()) {
                requests.ended(id);
                return;
            }
        } else {
            add(
                    Check.MULTIPART_CHECKSUM,
                    Level.DIFFERS,
                    checksums ? "it has checksums of parts only" : "it refuses them",
                    "Slipway counts the bytes, and each part has its own checksum if the store supports that.");
        }
        Optional<StoreException> occupied = refusal(() -> complete("multipart", id, parts, whole, "*"));
        addCondition(Check.COMPLETE_IF_ABSENT, occupied);
        if (occupied.isPresent()) {
            complete("multipart", id, parts, whole, null);
        }
        requests.ended(id);
        if (head("multipart").contentLength() != part.length + SMALL.length) {
            throw new StoreException(Failure.INTEGRITY, "the object has another size than its parts");
        }
    }

    private void addWholeChecksum(Optional<StoreException> wrong) {
        if (wrong.isPresent()) {
            works(Check.MULTIPART_CHECKSUM, AwsFailures.answer(wrong.get()));
        } else {
            add(
                    Check.MULTIPART_CHECKSUM,
                    Level.DIFFERS,
                    "it accepts it and does not compare",
                    "Slipway counts the bytes, and each part has its own checksum.");
        }
    }

    private String complete(
            String name,
            String uploadId,
            List<CompletedPart> parts,
            @Nullable String checksum,
            @Nullable String ifNoneMatch)
            throws StoreException {
        return AwsAnswers.etag(requests.ask(requests.client()
                        .completeMultipartUpload(request -> request.bucket(requests.bucket())
                                .key(requests.written(name))
                                .uploadId(uploadId)
                                .multipartUpload(completed -> completed.parts(parts))
                                .checksumCRC32(checksum)
                                .checksumType(checksum == null ? null : ChecksumType.FULL_OBJECT)
                                .ifNoneMatch(ifNoneMatch)))
                .eTag());
    }

    private void askForListedParts(String uploadId) throws StoreException {
        ListPartsResponse first = listParts(uploadId, null);
        Optional<Integer> marker = Optional.ofNullable(first.nextPartNumberMarker());
        boolean pages = first.parts().size() == 1
                && Boolean.TRUE.equals(first.isTruncated())
                && marker.isPresent()
                && listParts(uploadId, marker.get()).parts().stream()
                        .anyMatch(part -> Integer.valueOf(2).equals(part.partNumber()));
        if (pages) {
            works(Check.LIST_PARTS, "yes");
        } else {
            add(
                    Check.LIST_PARTS,
                    Level.DIFFERS,
                    first.parts().size() + " parts where 1 was asked for",
                    "Slipway does not need this yet.");
        }
    }

    private ListPartsResponse listParts(String uploadId, @Nullable Integer marker) throws StoreException {
        return requests.ask(requests.client()
                .listParts(request -> request.bucket(requests.bucket())
                        .key(requests.key("multipart"))
                        .uploadId(uploadId)
                        .maxParts(1)
                        .partNumberMarker(marker)));
    }

    private boolean listsUpload(String prefix, String uploadId) throws StoreException {
        return requests
                .ask(requests.client()
                        .listMultipartUploads(
                                request -> request.bucket(requests.bucket()).prefix(prefix)))
                .uploads()
                .stream()
                .anyMatch(upload -> uploadId.equals(upload.uploadId()));
    }

    private void askForListedUploads(String uploadId) throws StoreException {
        Optional<StoreException> refused = refusal(() -> listsUpload(requests.key("multipart"), uploadId));
        if (refused.isPresent()) {
            add(
                    Check.LIST_UPLOADS,
                    Level.DIFFERS,
                    AwsFailures.answer(refused.get()),
                    "Allow s3:ListBucketMultipartUploads. Without it an upload whose start was interrupted by a crash stays in"
                            + " the bucket; set a lifecycle rule.");
        } else if (listsUpload(requests.key(""), uploadId)) {
            works(Check.LIST_UPLOADS, "yes");
        } else if (listsUpload(requests.key("multipart"), uploadId)) {
            add(
                    Check.LIST_UPLOADS,
                    Level.DIFFERS,
                    "only by the exact key",
                    "Slipway asks by the exact key, from its journal. Uploads that other programs left behind are not"
                            + " seen.");
        } else {
            add(
                    Check.LIST_UPLOADS,
                    Level.DIFFERS,
                    "it lists none",
                    "An upload whose start was interrupted by a crash stays in the bucket; set a lifecycle rule.");
        }
    }

    private void askForCopiedParts(byte[] part) throws StoreException {
        String uploadId = requests.create(CreateMultipartUploadRequest.builder(), "assembled");
        List<CompletedPart> parts = new ArrayList<>();
        Optional<StoreException> refused = refusal(() -> {
            parts.add(copyPart(uploadId, 1, "multipart", part.length));
            parts.add(copyPart(uploadId, 2, "source", SMALL.length));
        });
        if (refused.isPresent()) {
            boolean adapts = AwsFailures.isRefusal(refused.get());
            add(
                    Check.COPY_PART,
                    adapts ? Level.DIFFERS : Level.WRONG,
                    AwsFailures.answer(refused.get()),
                    adapts
                            ? "Slipway copies large objects in one call. Objects of more than 5 GiB cannot be renamed;"
                                    + " raise s3.requestTimeout if others of them take too long."
                            : "Objects of more than 256 MiB cannot be renamed.");
            return;
        }
        complete("assembled", uploadId, parts, null, null);
        requests.ended(uploadId);
        if (head("assembled").contentLength() == part.length + SMALL.length) {
            works(Check.COPY_PART, "yes");
        } else {
            add(
                    Check.COPY_PART,
                    Level.WRONG,
                    "the copy has another size",
                    "Objects of more than 256 MiB must not be renamed on this store.");
        }
    }

    private CompletedPart copyPart(String uploadId, int number, String source, int bytes) throws StoreException {
        var response = requests.ask(requests.client()
                .uploadPartCopy(request -> request.sourceBucket(requests.bucket())
                        .sourceKey(requests.key(source))
                        .copySourceRange("bytes=0-" + (bytes - 1))
                        .destinationBucket(requests.bucket())
                        .destinationKey(requests.key("assembled"))
                        .uploadId(uploadId)
                        .partNumber(number)));
        return CompletedPart.builder()
                .partNumber(number)
                .eTag(response.copyPartResult().eTag())
                .checksumCRC32(response.copyPartResult().checksumCRC32())
                .build();
    }

    private void askForBatchDelete() {
        step(Check.BATCH_DELETE, () -> {
            requests.put("batch/1", OTHER);
            requests.put("batch/2", OTHER);
            Optional<StoreException> refused = refusal(() -> deleteBatch(false));
            if (refused.isEmpty()) {
                addBatchDelete("yes", Level.WORKS, "");
                return;
            }
            String answer = AwsFailures.answer(refused.get());
            boolean adapts = AwsFailures.isRefusal(refused.get());
            if (adapts && refusal(() -> deleteBatch(true)).isEmpty()) {
                addBatchDelete(
                        "only with a Content-MD5 (otherwise " + answer + ")",
                        Level.DIFFERS,
                        "Slipway notices and sends one.");
            } else {
                add(
                        Check.BATCH_DELETE,
                        adapts ? Level.DIFFERS : Level.WRONG,
                        answer,
                        adapts
                                ? "Slipway notices and deletes one by one, which takes longer for large directories."
                                : "Directories can be neither deleted nor renamed.");
            }
        });
    }

    private void addBatchDelete(String answer, Level level, String consequence) throws StoreException {
        if (isThere("batch/1") || isThere("batch/2")) {
            add(Check.BATCH_DELETE, Level.WRONG, "it says yes, and keeps the objects", "Deleted files come back.");
        } else {
            add(Check.BATCH_DELETE, level, answer, consequence);
        }
    }

    private void deleteBatch(boolean md5) throws StoreException {
        DeleteObjectsRequest.Builder request = DeleteObjectsRequest.builder()
                .bucket(requests.bucket())
                .delete(delete -> delete.quiet(true)
                        .objects(
                                ObjectIdentifier.builder()
                                        .key(requests.key("batch/1"))
                                        .build(),
                                ObjectIdentifier.builder()
                                        .key(requests.key("batch/2"))
                                        .build()));
        if (md5) {
            request.overrideConfiguration(override -> override.addPlugin(LegacyMd5Plugin.create()));
        }
        DeleteObjectsResponse response = requests.ask(requests.client().deleteObjects(request.build()));
        if (!response.errors().isEmpty()) {
            String code = String.valueOf(response.errors().getFirst().code());
            throw new StoreException(S3Error.of(code, 0).failure(), code);
        }
    }

    private void askForListings() {
        // By code point, and so in UTF-8, the emoji is last; in UTF-16 it begins with a surrogate and comes before.
        List<String> inUtf8 = List.of("Z", "a", "\uff5e", "\ud83d\ude00");
        step(Check.LIST_ORDER, () -> {
            for (String name : inUtf8) {
                requests.put("order/" + name, OTHER);
            }
            List<String> listed = names(list("order/", null, 1000));
            if (listed.equals(inUtf8)) {
                works(Check.LIST_ORDER, "by the bytes of UTF-8");
            } else if (listed.equals(List.of("Z", "a", "\ud83d\ude00", "\uff5e"))) {
                addOrder("by the units of UTF-16");
            } else {
                addOrder("in no order that is known: " + String.join(" ", listed));
            }
        });
        if (findings.getLast().level() == Level.UNKNOWN) {
            add(Check.LIST_PAGES, Level.UNKNOWN, "not tested: there was nothing to list", "");
            return;
        }
        step(Check.LIST_PAGES, () -> {
            List<String> listed = new ArrayList<>();
            String token = null;
            int pages = 0;
            do {
                ListObjectsV2Response page = list("order/", token, 2);
                listed.addAll(names(page));
                token = Boolean.TRUE.equals(page.isTruncated()) ? page.nextContinuationToken() : null;
                pages++;
            } while (token != null && pages <= inUtf8.size());
            listed.sort(null);
            List<String> expected = new ArrayList<>(inUtf8);
            expected.sort(null);
            if (listed.equals(expected)) {
                works(Check.LIST_PAGES, pages + " pages of 2");
            } else {
                add(
                        Check.LIST_PAGES,
                        Level.WRONG,
                        "4 objects became " + listed.size(),
                        "Directories of more than 1000 entries are shown with gaps or doubles, and cannot be renamed"
                                + " safely.");
            }
        });
    }

    private void addOrder(String answer) {
        add(
                Check.LIST_ORDER,
                Level.DIFFERS,
                answer,
                "Slipway depends on no order; clients see names in the store's order.");
    }

    private ListObjectsV2Response list(String name, @Nullable String token, int limit) throws StoreException {
        return requests.ask(requests.client()
                .listObjectsV2(request -> request.bucket(requests.bucket())
                        .prefix(requests.key(name))
                        .continuationToken(token)
                        .encodingType(EncodingType.URL)
                        .maxKeys(limit)));
    }

    private List<String> names(ListObjectsV2Response page) {
        return page.contents().stream()
                .map(S3Object::key)
                .map(key -> key.substring(key.lastIndexOf('/') + 1))
                .toList();
    }

    private void askForKeys() {
        String refusedName = "An upload with such a name is refused, with a message that says so.";
        askForKey(Check.KEY_LONG_NAME, "long/", List.of("n".repeat(255)), refusedName);
        askForKey(Check.KEY_LONGER_NAME, "longer/", List.of("n".repeat(256)), refusedName);
        int room = 1024 - requests.key("deep/").length();
        String deep = ("d".repeat(99) + "/").repeat(room / 100) + "d".repeat(Math.max(1, room % 100));
        askForKey(Check.KEY_LENGTH, "deep/", List.of(deep.substring(0, room)), refusedName);
        askForKey(
                Check.KEY_BESIDE_DIRECTORY,
                "beside/",
                List.of("a", "a/b"),
                "A file and a directory cannot have the same name, as on a disk. Slipway refuses to create the second"
                        + " one.");
        String notOurs = "Slipway neither writes such keys nor shows those of other programs.";
        askForKey(Check.KEY_EMPTY_NAME, "empty/", List.of("a//b"), notOurs);
        // Where this becomes a path, it stays below the probe's own prefix.
        askForKey(Check.KEY_DOT_NAMES, "dots/", List.of("a/./b", "a/../c"), notOurs);
        step(Check.MARKER_CONTENT, () -> {
            Optional<StoreException> refused = refusal(() -> requests.put("marker/", SMALL));
            Long size = refused.isPresent() ? null : head("marker/").contentLength();
            if (size != null && size == SMALL.length) {
                works(Check.MARKER_CONTENT, "yes");
            } else {
                add(
                        Check.MARKER_CONTENT,
                        Level.DIFFERS,
                        refused.map(AwsFailures::answer).orElse("it drops the content"),
                        "Slipway's own markers of directories are empty.");
            }
        });
    }

    /** Writes objects, and looks whether they are listed as they were named. */
    private void askForKey(Check check, String directory, List<String> names, String instead) {
        step(check, () -> {
            for (String name : names) {
                Optional<StoreException> refused = refusal(() -> requests.put(directory + name, OTHER));
                if (refused.isPresent()) {
                    add(check, Level.DIFFERS, AwsFailures.answer(refused.get()), instead);
                    // versitygw has made the directory by now, and removes it with its last object.
                    requests.put(directory + "last", OTHER);
                    return;
                }
            }
            List<String> expected = names.stream()
                    .map(name -> requests.key(directory + name))
                    .sorted()
                    .toList();
            List<String> listed = list(directory, null, 1000).contents().stream()
                    .map(S3Object::key)
                    .sorted()
                    .toList();
            if (listed.equals(expected)) {
                works(check, "yes");
            } else {
                add(
                        check,
                        Level.DIFFERS,
                        "stored as "
                                + (listed.isEmpty()
                                        ? "nothing"
                                        : String.join(
                                                " and ",
                                                listed.stream()
                                                        .map(key -> key.substring(Math.min(
                                                                key.length(),
                                                                requests.key(directory)
                                                                        .length())))
                                                        .toList())),
                        instead);
            }
        });
    }

    private void askForRules() {
        step(Check.VERSIONING, () -> {
            Optional<BucketVersioningStatus> status;
            try {
                status = Optional.ofNullable(requests.ask(
                                requests.client().getBucketVersioning(request -> request.bucket(requests.bucket())))
                        .status());
            } catch (StoreException e) {
                if (!AwsFailures.isRefusal(e)) {
                    throw e;
                }
                works(Check.VERSIONING, "no: " + AwsFailures.answer(e));
                return;
            }
            if (status.equals(Optional.of(BucketVersioningStatus.ENABLED))) {
                add(
                        Check.VERSIONING,
                        Level.DIFFERS,
                        "yes",
                        "Replaced and deleted files stay as old versions and cost money; a lifecycle rule can expire"
                                + " them. Slipway does not show them.");
            } else {
                works(Check.VERSIONING, "no");
            }
        });
        step(Check.LEFTOVERS, this::askForLeftovers);
        step(Check.LIFECYCLE, this::askForLifecycle);
    }

    private void askForLeftovers() throws StoreException {
        Instant old = Instant.now().minus(LEFT_BEHIND);
        var page = requests.ask(requests.client().listMultipartUploads(request -> request.bucket(requests.bucket())));
        List<MultipartUpload> left = page.uploads().stream()
                .filter(upload -> upload.initiated() != null
                        && upload.initiated().isAfter(Instant.EPOCH)
                        && upload.initiated().isBefore(old))
                .toList();
        boolean seesAll = findings.stream()
                .noneMatch(finding -> finding.check() == Check.LIST_UPLOADS && finding.level() != Level.WORKS);
        if (left.isEmpty()) {
            add(
                    Check.LEFTOVERS,
                    seesAll ? Level.WORKS : Level.UNKNOWN,
                    seesAll ? "no" : "the store does not list all uploads",
                    "");
            return;
        }
        long bytes = 0;
        for (MultipartUpload upload : left.subList(0, Math.min(left.size(), MEASURED_UPLOADS))) {
            bytes += requests
                    .ask(requests.client()
                            .listParts(request -> request.bucket(requests.bucket())
                                    .key(upload.key())
                                    .uploadId(upload.uploadId())))
                    .parts()
                    .stream()
                    .mapToLong(part -> part.size() == null ? 0 : part.size())
                    .sum();
        }
        String more = Boolean.TRUE.equals(page.isTruncated()) ? "more than " : "";
        add(
                Check.LEFTOVERS,
                Level.DIFFERS,
                more + left.size() + " uploads, " + (left.size() > MEASURED_UPLOADS ? "the first of them " : "")
                        + "with " + bytes + " bytes",
                "Nobody sees them, and they cost money. Abort them, or set a lifecycle rule that does.");
    }

    private void askForLifecycle() throws StoreException {
        String advice =
                "Set a rule that aborts incomplete multipart uploads after some days, for leftovers of a gateway that"
                        + " never starts again.";
        List<LifecycleRule> rules;
        try {
            rules = requests.ask(requests.client()
                            .getBucketLifecycleConfiguration(request -> request.bucket(requests.bucket())))
                    .rules();
        } catch (StoreException e) {
            boolean none = AwsFailures.code(e).equals("NoSuchLifecycleConfiguration");
            add(Check.LIFECYCLE, none ? Level.DIFFERS : Level.UNKNOWN, AwsFailures.answer(e), advice);
            return;
        }
        Optional<Integer> days = rules.stream()
                .filter(rule ->
                        rule.status() == ExpirationStatus.ENABLED && rule.abortIncompleteMultipartUpload() != null)
                .map(rule -> rule.abortIncompleteMultipartUpload().daysAfterInitiation())
                .findFirst();
        if (days.isPresent()) {
            works(Check.LIFECYCLE, "after " + days.get() + " days");
        } else {
            add(Check.LIFECYCLE, Level.DIFFERS, "no", advice);
        }
    }

    private void removeTraces() {
        int earlier = requests.isOver() ? 0 : new EarlierProbes(requests, old).remove();
        List<String> left = requests.removeAll();
        if (left.isEmpty()) {
            works(Check.TRACES, earlier == 0 ? "yes" : "yes, and " + earlier + " of probes that were killed");
        } else {
            add(
                    Check.TRACES,
                    Level.WRONG,
                    "left behind: " + String.join(", ", left.subList(0, Math.min(3, left.size())))
                            + (left.size() > 3 ? " and " + (left.size() - 3) + " more" : ""),
                    "Delete everything below " + requests.key("") + ".");
        }
    }
}
