package dev.slipway.core.store.upload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.s3.CreateMultipartUploadRequest;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.RequestBody;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.UploadPartRequest;
import dev.slipway.core.s3.memory.MemoryS3;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class StoredPartsTest {
    private static final int PART = 5 << 20;
    private static final ObjectKey KEY = new ObjectKey("bucket", "file");

    @Test
    void partsAreListedPageByPage() throws StoreException {
        try (S3Operations client = new MemoryS3().createBucket("bucket").connect()) {
            String upload = client.createMultipartUpload(new CreateMultipartUploadRequest(
                            KEY, ObjectDescription.NONE, PartChecksums.CRC32_OF_WHOLE_OBJECT))
                    .join()
                    .uploadId();
            byte[] bytes = new byte[PART];
            CRC32 crc = new CRC32();
            crc.update(bytes);
            int sum = (int) crc.getValue();
            for (int number = 1; number <= 3; number++) {
                client.uploadPart(
                                new UploadPartRequest(KEY, upload, number, ObjectChecksums.base64(sum), null),
                                RequestBody.of(bytes))
                        .join();
            }
            PartSizes sizes = new PartSizes(PART, PART, false);
            Map<Integer, Integer> checksums = Map.of(1, sum, 2, sum, 3, sum);

            StoredParts all = StoredParts.of(client, KEY, upload, sizes, checksums);
            assertThat(all.bytes()).isEqualTo(3L * PART);
            assertThat(all.wholeObjectChecksum()).isTrue();
            assertThat(StoredParts.of(client, KEY, upload, sizes, checksums, 1)).isEqualTo(all);
            assertThat(StoredParts.of(client, KEY, upload, sizes, checksums, 2)).isEqualTo(all);

            // With equal parts, only parts of the currently configured size can be resumed.
            PartSizes others = new PartSizes(PART + 1, PART + 1, true);
            assertThat(StoredParts.of(client, KEY, upload, others, checksums).parts())
                    .isEmpty();
        }
    }
}
