package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.FailedLogins.Attempt;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FailedLoginsTest {
    private static final InetAddress OFFICE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress ELSEWHERE = InetAddress.ofLiteral("198.51.100.1");

    private final SettableClock clock = new SettableClock();
    private final FailedLogins failures = new FailedLogins(LoginLimits.DEFAULTS, clock);

    private void fail(String account, InetAddress client) {
        assertThat(failures.begin(account, true, client)).isInstanceOfSatisfying(Attempt.class, Attempt::fail);
    }

    private void failAsNobody(String name, InetAddress client) {
        assertThat(failures.begin(name, false, client)).isInstanceOfSatisfying(Attempt.class, Attempt::fail);
    }

    private void succeed(String account, InetAddress client) {
        assertThat(failures.begin(account, true, client)).isInstanceOfSatisfying(Attempt.class, Attempt::succeed);
    }

    private void assertRefused(ThrottledLogin reason, String account, InetAddress client) {
        assertThat(failures.begin(account, true, client)).isEqualTo(new FailedLogins.Refusal(reason));
    }

    private static InetAddress address(int number) {
        return InetAddress.ofLiteral("10." + number / 62500 + "." + number / 250 % 250 + "." + (1 + number % 250));
    }

    @Test
    void fiveFailuresBlockAnAccountFromOneAddressForIncreasingTimes() {
        for (int i = 0; i < 5; i++) {
            fail("ann", OFFICE);
        }
        for (long seconds : List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 900L, 900L)) {
            clock.advance(Duration.ofSeconds(seconds).minusMillis(1));
            assertRefused(ThrottledLogin.ACCOUNT, "ann", OFFICE);
            succeed("ann", ELSEWHERE);
            succeed("bob", OFFICE);
            clock.advance(Duration.ofMillis(1));
            fail("ann", OFFICE);
        }
        clock.advance(Duration.ofMinutes(15));
        succeed("ann", OFFICE);
        // A success clears the account's failures.
        for (int i = 0; i < 4; i++) {
            fail("ann", OFFICE);
        }
        succeed("ann", OFFICE);
        for (int i = 0; i < 5; i++) {
            fail("ann", OFFICE);
        }
        assertRefused(ThrottledLogin.ACCOUNT, "ann", OFFICE);
    }

    @Test
    void anAddressHasABudgetThatRegeneratesAndDoesNotAffectTrustedAccounts() {
        succeed("ann", OFFICE);
        for (int i = 0; i < 20; i++) {
            failAsNobody("guess" + i, OFFICE);
        }

        assertRefused(ThrottledLogin.ADDRESS, "bob", OFFICE);
        assertThat(failures.begin("nobody", false, OFFICE)).isEqualTo(new FailedLogins.Refusal(ThrottledLogin.ADDRESS));
        succeed("ann", OFFICE);
        fail("ann", OFFICE);
        succeed("bob", ELSEWHERE);
        clock.advance(Duration.ofSeconds(30));
        fail("bob", OFFICE);
        assertRefused(ThrottledLogin.ADDRESS, "bob", OFFICE);
        clock.advance(Duration.ofMinutes(10));
        for (int i = 0; i < 20; i++) {
            failAsNobody("guess" + i, OFFICE);
        }
        assertRefused(ThrottledLogin.ADDRESS, "bob", OFFICE);
    }

    @Test
    void trustedAccountsDoNotUseTheBudgetOfTheAddress() {
        succeed("ann", OFFICE);
        for (int i = 0; i < 100; i++) {
            // A client with an old password that tries as often as it may.
            if (failures.begin("ann", true, OFFICE) instanceof Attempt attempt) {
                attempt.fail();
            }
            clock.advance(Duration.ofSeconds(1));
        }
        assertRefused(ThrottledLogin.ACCOUNT, "ann", OFFICE);
        for (int i = 0; i < 20; i++) {
            failAsNobody("guess" + i, OFFICE);
        }
    }

    @Test
    void ownSuccessesDoNotResetTheBudgetOfTheAddress() {
        for (int i = 0; i < 20; i++) {
            succeed("eve", ELSEWHERE);
            fail("victim" + i, ELSEWHERE);
        }
        succeed("eve", ELSEWHERE);
        assertRefused(ThrottledLogin.ADDRESS, "ann", ELSEWHERE);
    }

    @Test
    void failuresDoNotLockAnAccountForOtherAddresses() {
        for (int i = 0; i < 1000; i++) {
            for (int j = 0; j < 5; j++) {
                fail("ann", address(i));
            }
            assertRefused(ThrottledLogin.ACCOUNT, "ann", address(i));
        }
        succeed("ann", OFFICE);
    }

    @Test
    void trustEndsAfterADayAndWithTheAccount() {
        succeed("ann", OFFICE);
        succeed("bob", OFFICE);
        clock.advance(Duration.ofHours(23));
        succeed("bob", OFFICE);
        clock.advance(Duration.ofHours(1));
        for (int i = 0; i < 20; i++) {
            failAsNobody("guess", OFFICE);
        }
        assertRefused(ThrottledLogin.ADDRESS, "ann", OFFICE);
        succeed("bob", OFFICE);
        failures.retain(Set.of("ann"));
        assertRefused(ThrottledLogin.ADDRESS, "bob", OFFICE);
    }

    @Test
    void manyEntriesDoNotEvictThoseInForce() {
        for (int i = 0; i < 5; i++) {
            fail("ann", OFFICE);
        }
        for (int i = 0; i < 20; i++) {
            failAsNobody("guess" + i, ELSEWHERE);
        }

        // More names and addresses than are remembered: unknown names and names of accounts.
        for (int i = 0; i < 2 * LoginLimits.REMEMBERED; i++) {
            if (failures.begin("junk" + i, false, address(i)) instanceof Attempt attempt) {
                attempt.fail();
            }
            if (failures.begin("account" + i, true, address(i)) instanceof Attempt attempt) {
                attempt.fail();
            }
        }

        assertRefused(ThrottledLogin.ACCOUNT, "ann", OFFICE);
        assertRefused(ThrottledLogin.ADDRESS, "ann", ELSEWHERE);
        // Addresses that are not stored separately are throttled too: they share a budget.
        for (int i = 0; i < 20; i++) {
            if (failures.begin("bob", true, InetAddress.ofLiteral("203.0.113.1")) instanceof Attempt attempt) {
                attempt.fail();
            }
        }
        assertRefused(ThrottledLogin.ADDRESS, "bob", InetAddress.ofLiteral("203.0.113.1"));

        clock.advance(Duration.ofMinutes(10));
        succeed("ann", InetAddress.ofLiteral("203.0.113.1"));
        succeed("ann", OFFICE);
    }

    @Test
    void addressesOfOneIpv6HostShareABudget() {
        for (int i = 0; i < 20; i++) {
            failAsNobody("guess", InetAddress.ofLiteral("2001:db8::" + (i + 1)));
        }
        assertRefused(ThrottledLogin.ADDRESS, "ann", InetAddress.ofLiteral("2001:db8::99"));
        succeed("ann", InetAddress.ofLiteral("2001:db8:0:1::99"));
    }

    @Test
    void anAbandonedAttemptIsNotAFailure() {
        for (int i = 0; i < 30; i++) {
            assertThat(failures.begin("ann", true, OFFICE)).isInstanceOfSatisfying(Attempt.class, Attempt::abandon);
        }
        succeed("ann", OFFICE);
    }
}
