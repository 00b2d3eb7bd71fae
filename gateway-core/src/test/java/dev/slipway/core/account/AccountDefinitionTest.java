package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AccountDefinitionTest {
    private static AccountDefinition withMounts(String name, @Nullable List<MountDefinition> mounts) {
        return new AccountDefinition(
                name, mounts, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    @Test
    void whatIsNotSaidHasItsDefault() {
        AccountEntry entry = AccountDefinition.named("anna").entry(null, List.of(), "files");

        assertThat(entry)
                .isEqualTo(AccountEntry.of(
                        new Account(
                                        "anna",
                                        List.of(new Mount(VirtualPath.ROOT, "files", "", false)),
                                        EnumSet.allOf(Permission.class))
                                .withResume(ResumePolicy.STAT),
                        null,
                        List.of()));
    }

    @Test
    void anAccountAndItsDefinitionSayTheSame() {
        AccountEntry entry = new AccountDefinition(
                        "anna",
                        List.of(
                                new MountDefinition("/in", null, "in/", true),
                                new MountDefinition("/", "other", null, false)),
                        Set.of(Permission.LIST),
                        Set.of(AccountOption.PUSH),
                        3,
                        ResumePolicy.LISTED,
                        new SizeLimit(5),
                        new CountLimit(SizeLimit.NONE),
                        null,
                        new SizeLimit(7),
                        List.of("vault"),
                        Set.of(Protocol.SFTP),
                        List.of(Network.parse("192.0.2.0/24")),
                        List.of("ann"),
                        Instant.parse("2030-01-31T18:00:00.5Z"),
                        false)
                .entry(null, List.of(), "files");

        assertThat(entry.account().mounts())
                .contains(new Mount(entry.account().mounts().getFirst().path(), "files", "in/", true));
        assertThat(entry.account().limits())
                .isEqualTo(new AccountLimits(5, AccountLimits.NONE, AccountLimits.BY_DEFAULT, 7));
        assertThat(entry.expires()).isEqualTo(Instant.parse("2030-01-31T18:00:00Z"));
        assertThat(AccountDefinition.of(entry).entry(entry, "files")).isEqualTo(entry);
    }

    @Test
    void everyProblemNamesItsFieldAndWhatWouldBeRight() {
        AccountDefinition wrong = new AccountDefinition(
                "a b",
                List.of(
                        new MountDefinition("in/../out", "b", "/x", false),
                        new MountDefinition("/a", "files", "x", false),
                        new MountDefinition("/a", null, null, false)),
                null,
                null,
                0,
                null,
                null,
                null,
                null,
                null,
                List.of("vault", ".."),
                Set.of(),
                null,
                List.of("a,b"),
                null,
                null);

        assertThat(wrong.problems(null))
                .extracting(FieldProblem::toString)
                .satisfiesExactly(
                        problem -> assertThat(problem).startsWith("name: 'a b' is not valid; expected 1 to 64 letters"),
                        problem -> assertThat(problem)
                                .isEqualTo("mounts[0].path: 'in/../out' is not absolute and normalised; expected an"
                                        + " absolute path such as /out"),
                        problem -> assertThat(problem)
                                .startsWith("mounts[0].bucket: 'b' is not a valid bucket name; expected 3 to 255"),
                        problem -> assertThat(problem).startsWith("mounts[0].prefix: it starts with /"),
                        problem ->
                                assertThat(problem).isEqualTo("mounts[1].prefix: it does not end with /; expected x/"),
                        problem -> assertThat(problem).startsWith("mounts[2].path: /a is mounted twice"),
                        problem -> assertThat(problem).startsWith("mounts[2].bucket: it is missing"),
                        problem ->
                                assertThat(problem).startsWith("maxSessions: it is 0; expected a whole number from 1"),
                        problem -> assertThat(problem).startsWith("protocols: there is none; expected at least one"),
                        problem -> assertThat(problem).startsWith("remotes[1]: '..' is not a valid remote name"),
                        problem -> assertThat(problem).startsWith("principals[0]: 'a,b' is empty or has a comma"));
        assertThatThrownBy(() -> wrong.entry(null, List.of(), null)).isInstanceOf(InvalidFieldsException.class);
    }

    @Test
    void withoutADefaultBucketMountsAreRequired() {
        assertThat(withMounts("anna", null).problems(null))
                .extracting(FieldProblem::field)
                .containsExactly("mounts");
        assertThat(withMounts("anna", List.of()).problems("files"))
                .extracting(FieldProblem::field)
                .containsExactly("mounts");
    }

    @Test
    void aChangeIsNotRefusedForWhatTheAccountHadBefore() {
        AccountEntry old = AccountEntry.of(
                new Account("old name", List.of(new Mount(VirtualPath.ROOT, "b", "", false)), Set.of()),
                null,
                List.of());
        AccountDefinition same = AccountDefinition.of(old);

        assertThat(same.problems("files")).hasSize(2);
        assertThat(same.entry(old, "files")).isEqualTo(old);
        assertThat(withMounts("old name", List.of(new MountDefinition("/", "c", "", false)))
                        .problems(old, "files"))
                .extracting(FieldProblem::detail)
                .containsExactly("'c' is not a valid bucket name");
    }
}
