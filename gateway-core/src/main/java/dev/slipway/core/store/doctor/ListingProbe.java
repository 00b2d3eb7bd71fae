package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.ListPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** The order of keys in listings, and whether their pages fit together. */
final class ListingProbe implements CapabilityProbe {
    /** In UTF-8, and by code point, the emoji comes last; in UTF-16 its first surrogate sorts before the other one. */
    private static final List<String> IN_UTF_8 = List.of("Z", "a", "\uff5e", "\ud83d\ude00");

    private static final List<String> IN_UTF_16 = List.of("Z", "a", "\ud83d\ude00", "\uff5e");

    private final ProbeRequests requests;
    private final Findings findings;

    ListingProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.LIST_ORDER, this::compareOrder);
        if (findings.level(Check.LIST_ORDER).equals(Optional.of(Level.UNKNOWN))) {
            findings.add(Check.LIST_PAGES, Level.UNKNOWN, "not tested: there was nothing to list", "");
        } else {
            findings.check(Check.LIST_PAGES, this::readPages);
        }
    }

    private void compareOrder() throws StoreException {
        for (String name : IN_UTF_8) {
            requests.put("order/" + name, ProbeContent.OTHER);
        }
        List<String> listed = names(requests.list("order/", null, ProbeRequests.PAGE));
        if (listed.equals(IN_UTF_8)) {
            findings.works(Check.LIST_ORDER, "by the bytes of UTF-8");
        } else if (listed.equals(IN_UTF_16)) {
            addOrder("by the units of UTF-16");
        } else {
            addOrder("in no order that is known: " + String.join(" ", listed));
        }
    }

    private void addOrder(String answer) {
        findings.add(
                Check.LIST_ORDER,
                Level.DIFFERS,
                answer,
                "Slipway depends on no order; clients see names in the store's order.");
    }

    private void readPages() throws StoreException {
        List<String> listed = new ArrayList<>();
        AtomicInteger pages = new AtomicInteger();
        Optional<StoreException> refused = Refusals.of(() -> {
            String continuation = null;
            do {
                ListPage page = requests.list("order/", continuation, 2);
                listed.addAll(names(page));
                continuation = page.next();
                // A store may ignore the continuation, and give the first page for ever.
            } while (continuation != null && pages.incrementAndGet() <= IN_UTF_8.size());
            pages.incrementAndGet();
        });
        if (refused.isEmpty()
                && listed.stream()
                        .sorted()
                        .toList()
                        .equals(IN_UTF_8.stream().sorted().toList())) {
            findings.works(Check.LIST_PAGES, pages + " pages of 2");
        } else {
            findings.add(
                    Check.LIST_PAGES,
                    Level.WRONG,
                    refused.map(Refusals::answer).orElse("4 objects became " + listed.size()),
                    "Directories of more than 1000 entries are shown with gaps or doubles, and cannot be renamed"
                            + " safely.");
        }
    }

    private static List<String> names(ListPage page) {
        return page.objects().stream()
                .map(object -> object.key().key())
                .map(key -> key.substring(key.lastIndexOf('/') + 1))
                .toList();
    }
}
