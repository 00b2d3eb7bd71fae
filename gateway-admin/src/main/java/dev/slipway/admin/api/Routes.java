package dev.slipway.admin.api;

import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All routes. */
final class Routes {
    static final String BASE = "/api/v1";

    private Routes() {}

    static List<Route> of(
            ApiServices services,
            Callers callers,
            JobEvents events,
            OverviewEvents overview,
            @Nullable FileSessions files,
            Clock clock) {
        return Stream.of(
                        new DocumentResources().routes(),
                        new LoginResources(services, callers, files).routes(),
                        new FileResources(files).routes(),
                        new FolderResources(files).routes(),
                        new TokenResources(services, clock).routes(),
                        new AccountResources(services).routes(),
                        new SessionResources(services).routes(),
                        new UploadResources(services).routes(),
                        new QuotaResources(services).routes(),
                        new RenameResources(services).routes(),
                        new WatchResources(services).routes(),
                        new RuleResources(services).routes(),
                        new RemoteResources(services).routes(),
                        new JobResources(services).routes(),
                        new PushResources(services).routes(),
                        new PullResources(services).routes(),
                        new ArchiveResources(services).routes(),
                        new RetentionResources(services).routes(),
                        new ActivityResources(services, callers, overview).routes(),
                        new EventResources(services, callers, events).routes())
                .flatMap(List::stream)
                .toList();
    }
}
