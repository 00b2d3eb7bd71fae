package dev.slipway.core.store.doctor;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.CreatedMultipartUpload;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.Crc32;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether objects can be written in parts: with checksums, under a condition, and copied from other objects. Leaves the
 * object "multipart", of two parts.
 */
final class MultipartProbe implements CapabilityProbe {
    private final ProbeRequests requests;
    private final Findings findings;
    private final byte[] part = ProbeContent.part();

    MultipartProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.MULTIPART, () -> {
            Optional<StoreException> refused = Refusals.of(this::upload);
            if (refused.isPresent()) {
                findings.add(
                        Check.MULTIPART,
                        Level.WRONG,
                        Refusals.answer(refused.get()),
                        "Files of more than a part (memory.firstPart, 8MiB) cannot be uploaded.");
                return;
            }
            findings.works(Check.MULTIPART, "yes");
            new PartCopyProbe(requests, findings, part.length).run();
        });
        findings.check(Check.ABORT, this::abort);
    }

    /**
     * An upload that has begun.
     *
     * @param partChecksums whether the store takes checksums with parts
     * @param wholeChecksum whether the store verifies the checksum of all bytes
     */
    private record Begun(String uploadId, boolean partChecksums, boolean wholeChecksum) {}

    private Begun begin() throws StoreException {
        try {
            CreatedMultipartUpload created = requests.createUpload("multipart", PartChecksums.CRC32_OF_WHOLE_OBJECT);
            return new Begun(created.uploadId(), true, created.wholeObjectChecksum());
        } catch (StoreException e) {
            if (!Refusals.isUnsupported(e)) {
                throw e;
            }
            return new Begun(
                    requests.createUpload("multipart", PartChecksums.NONE).uploadId(), false, false);
        }
    }

    private void upload() throws StoreException {
        Begun upload = begin();
        String id = upload.uploadId();
        List<UploadedPart> parts = List.of(uploadPart(upload, 1, part), uploadPart(upload, 2, ProbeContent.SMALL));
        new UploadListingProbe(requests, findings, "multipart", id).run();
        requests.put("multipart", ProbeContent.OTHER);
        if (isCompletedWithWrongChecksum(upload, parts)) {
            requests.traces().removeUpload(id);
            return;
        }
        String whole = upload.wholeChecksum()
                ? ObjectChecksums.base64(Crc32.combine(
                        ProbeContent.crc32(part), ProbeContent.crc32(ProbeContent.SMALL), ProbeContent.SMALL.length))
                : null;
        Optional<StoreException> occupied =
                Refusals.of(() -> requests.complete("multipart", id, parts, whole, Precondition.IF_ABSENT));
        findings.addCondition(Check.COMPLETE_IF_ABSENT, occupied);
        if (occupied.isPresent()) {
            requests.complete("multipart", id, parts, whole, Precondition.NONE);
        }
        requests.traces().removeUpload(id);
        if (requests.head("multipart").size() != part.length + ProbeContent.SMALL.length) {
            throw new StoreException(Failure.INTEGRITY, "the object has another size than its parts");
        }
    }

    private UploadedPart uploadPart(Begun upload, int number, byte[] bytes) throws StoreException {
        @Nullable String crc32 = upload.partChecksums() ? ProbeContent.base64Crc32(bytes) : null;
        return requests.uploadPart("multipart", upload.uploadId(), number, bytes, crc32);
    }

    /** Tries to complete an upload with the checksum of another content, and returns whether the store did so. */
    private boolean isCompletedWithWrongChecksum(Begun upload, List<UploadedPart> parts) throws StoreException {
        if (!upload.wholeChecksum()) {
            findings.add(
                    Check.MULTIPART_CHECKSUM,
                    Level.DIFFERS,
                    upload.partChecksums() ? "it has checksums of parts only" : "it refuses them",
                    "Slipway counts the bytes, and each part has its own checksum if the store supports that.");
            return false;
        }
        Optional<StoreException> refused = Refusals.of(() -> requests.complete(
                "multipart",
                upload.uploadId(),
                parts,
                ProbeContent.base64Crc32(ProbeContent.OTHER),
                Precondition.NONE));
        if (refused.isPresent()) {
            findings.works(Check.MULTIPART_CHECKSUM, Refusals.answer(refused.get()));
            return false;
        }
        findings.add(
                Check.MULTIPART_CHECKSUM,
                Level.DIFFERS,
                "it accepts it and does not compare",
                "Slipway counts the bytes, and each part has its own checksum.");
        return true;
    }

    private void abort() throws StoreException {
        String uploadId = requests.createUpload("aborted", PartChecksums.NONE).uploadId();
        requests.uploadPart("aborted", uploadId, 1, ProbeContent.SMALL, null);
        Optional<StoreException> refused = Refusals.of(() -> requests.abort("aborted", uploadId));
        if (refused.isPresent()) {
            findings.add(
                    Check.ABORT,
                    Level.WRONG,
                    Refusals.answer(refused.get()),
                    "Allow s3:AbortMultipartUpload. Without it aborted uploads stay in the bucket and cost money.");
            return;
        }
        requests.traces().removeUpload(uploadId);
        findings.works(Check.ABORT, "yes");
    }
}
