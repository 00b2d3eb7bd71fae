package dev.slipway.transfer.remote;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import org.apache.sshd.client.auth.keyboard.UserInteraction;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/** Answers prompts without echo with the password, once: repeating it would not help. */
final class PasswordAnswers implements UserInteraction {
    private final String password;

    @GuardedBy("this")
    private boolean given;

    PasswordAnswers(String password) {
        this.password = password;
    }

    @Override
    public boolean isInteractionAllowed(@Nullable ClientSession session) {
        return true;
    }

    @Override
    public synchronized String @Nullable [] interactive(
            ClientSession session, String title, String instruction, String lang, String[] prompt, boolean[] echo) {
        if (prompt.length == 0) {
            return new String[0];
        }
        boolean secret = prompt.length == 1 && !echo[0];
        if (!secret || given) {
            return null;
        }
        given = true;
        String[] answers = new String[prompt.length];
        Arrays.fill(answers, password);
        return answers;
    }

    @Override
    public @Nullable String getUpdatedPassword(ClientSession session, String prompt, String lang) {
        return null;
    }
}
