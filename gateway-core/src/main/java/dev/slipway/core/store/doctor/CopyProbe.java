package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.CopyRequest;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.Map;
import java.util.Optional;

/** Whether objects can be copied, what a copy keeps, and whether the store has tags. Leaves the object "source". */
final class CopyProbe implements CapabilityProbe {
    private static final String CONTENT_TYPE = "text/x-probe";
    private static final Map<String, String> NOTE = Map.of("probe", "kept");

    private final ProbeRequests requests;
    private final Findings findings;

    CopyProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.COPY, this::copy);
        findings.check(Check.COPY_IF_ABSENT, () -> {
            requests.put("occupied", ProbeContent.OTHER);
            findings.addCondition(Check.COPY_IF_ABSENT, Refusals.of(() -> copyTo("occupied", Precondition.IF_ABSENT)));
        });
        findings.check(Check.TAGS, this::tag);
    }

    private void copy() throws StoreException {
        put("source", ObjectDescription.of(NOTE).withContentType(CONTENT_TYPE));
        Optional<StoreException> refused = Refusals.of(() -> copyTo("copy", Precondition.NONE));
        if (refused.isPresent()) {
            findings.add(
                    Check.COPY,
                    Level.WRONG,
                    Refusals.answer(refused.get()),
                    "Files cannot be renamed. Many clients upload under another name and rename.");
            return;
        }
        ObjectHead copy = requests.head("copy");
        Map<String, String> metadata = copy.description().metadata();
        String contentType = copy.description().contentType();
        if ("kept".equals(metadata.get("probe")) && CONTENT_TYPE.equals(contentType)) {
            findings.works(Check.COPY, "yes");
        } else {
            findings.add(
                    Check.COPY,
                    Level.DIFFERS,
                    "yes, but metadata " + metadata + " and content type " + contentType,
                    "Metadata of other programs is lost when their objects are renamed.");
        }
    }

    private void tag() throws StoreException {
        Optional<StoreException> refused = Refusals.of(() -> put("tagged", ObjectDescription.NONE.withTags(NOTE)));
        if (refused.isEmpty()
                && requests.ask(requests.store().tags(requests.key("tagged"))).containsValue("kept")) {
            findings.works(Check.TAGS, "yes");
            return;
        }
        findings.add(
                Check.TAGS,
                Level.DIFFERS,
                refused.map(Refusals::answer).orElse("it forgets them"),
                "Slipway needs none; large objects are copied without tags.");
    }

    private void put(String name, ObjectDescription description) throws StoreException {
        requests.put(PutRequest.of(requests.key(name)).withDescription(description), ProbeContent.SMALL);
    }

    private void copyTo(String target, Precondition condition) throws StoreException {
        var _ = requests.ask(requests.store()
                .copy(CopyRequest.of(requests.key("source"), requests.written(target))
                        .withCondition(condition)));
    }
}
