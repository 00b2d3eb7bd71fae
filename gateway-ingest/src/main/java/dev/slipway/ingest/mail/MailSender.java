package dev.slipway.ingest.mail;

import dev.slipway.core.net.Authorities;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Date;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.eclipse.angus.mail.smtp.SMTPSenderFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends mail by SMTP (RFC 5321), over a connection for each. Thread-safe. */
public final class MailSender {
    private static final Logger log = LoggerFactory.getLogger(MailSender.class);

    /** What a refused login reports: the server's answer. */
    private static final Pattern ANSWER = Pattern.compile("\\s*([245])\\d\\d\\b.*", Pattern.DOTALL);

    private static final int LONGEST_ANSWER = 300;
    private static final int LONGEST_SUBJECT = 500;
    private static final int PERMANENT = 500;

    private final MailSettings settings;
    private final InstantSource clock;
    private final Session session;

    private MailSender(MailSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.session = Session.getInstance(properties(settings));
    }

    /**
     * The mail server of a gateway; empty if there is none. Blocks for the file of CAs.
     *
     * @throws java.io.UncheckedIOException that file cannot be read
     * @throws IllegalArgumentException it has no certificates
     */
    public static Optional<MailSender> of(MailSettings settings, InstantSource clock) {
        return settings.isOn() ? Optional.of(new MailSender(settings, clock)) : Optional.empty();
    }

    private static Properties properties(MailSettings settings) {
        String limit = Long.toString(settings.timeout().toMillis());
        Properties properties = new Properties();
        properties.put("mail.smtp.connectiontimeout", limit);
        properties.put("mail.smtp.timeout", limit);
        properties.put("mail.smtp.writetimeout", limit);
        properties.put("mail.smtp.auth", Boolean.toString(settings.username() != null));
        // Mechanisms that never need the password itself would be better, but servers have hardly any others.
        properties.put("mail.smtp.auth.mechanisms", "LOGIN PLAIN");
        properties.put("mail.smtp.ssl.enable", Boolean.toString(settings.security() == MailSecurity.IMPLICIT));
        properties.put("mail.smtp.starttls.enable", Boolean.toString(settings.security() == MailSecurity.STARTTLS));
        properties.put("mail.smtp.starttls.required", Boolean.toString(settings.security() == MailSecurity.STARTTLS));
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        properties.put("mail.smtp.quitwait", "false");
        if (settings.caFile() != null) {
            properties.put(
                    "mail.smtp.ssl.socketFactory",
                    Authorities.tls(settings.caFile()).getSocketFactory());
        }
        return properties;
    }

    /**
     * Sends a mail to all its recipients, or to none. Blocks until the server has accepted it; at most the settings'
     * limit for each answer. A repeated mail has the same Message-ID, by which receivers can tell it.
     *
     * @throws MailException the server did not accept it
     */
    public void send(Mail mail) throws MailException {
        try {
            MimeMessage message = message(mail);
            Transport transport = session.getTransport("smtp");
            try {
                transport.connect(
                        settings.host(),
                        settings.effectivePort(),
                        settings.username(),
                        settings.password() == null ? null : settings.password().reveal());
                transport.sendMessage(message, message.getAllRecipients());
            } finally {
                close(transport);
            }
        } catch (MessagingException e) {
            throw new MailException("the mail server " + settings.host() + ": " + text(e), isFinal(e), e);
        }
    }

    /** The server has accepted the mail by now, or not: that QUIT fails changes nothing. */
    private static void close(Transport transport) {
        try {
            transport.close();
        } catch (MessagingException e) {
            log.debug("The connection to the mail server did not end in order", e);
        }
    }

    private MimeMessage message(Mail mail) throws MessagingException {
        String from = Objects.requireNonNull(settings.from());
        String id = "<" + mail.id() + "@" + from.substring(from.lastIndexOf('@') + 1) + ">";
        MimeMessage message = new IdentifiedMessage(session, id);
        message.setFrom(new InternetAddress(from, true));
        for (String recipient : mail.recipients()) {
            message.addRecipient(Message.RecipientType.TO, new InternetAddress(recipient, true));
        }
        message.setSubject(oneLine(mail.subject(), LONGEST_SUBJECT), StandardCharsets.UTF_8.name());
        message.setText(mail.text(), StandardCharsets.UTF_8.name());
        message.setSentDate(Date.from(clock.instant()));
        // RFC 3834: nobody is to answer automatically.
        message.setHeader("Auto-Submitted", "auto-generated");
        message.saveChanges();
        return message;
    }

    /** Has the id that it is given, instead of a random one. */
    private static final class IdentifiedMessage extends MimeMessage {
        private final String id;

        IdentifiedMessage(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }

    /** Without control characters, such as line ends, which would begin a header of their own. */
    static String oneLine(String text, int longest) {
        String line = text.replaceAll("[\\p{Cc}\\u2028\\u2029]+", " ").strip();
        if (line.length() <= longest) {
            return line;
        }
        return line.substring(0, Character.isHighSurrogate(line.charAt(longest - 1)) ? longest - 1 : longest);
    }

    private static String text(MessagingException e) {
        StringBuilder text = new StringBuilder();
        for (Exception cause = e; cause != null; cause = next(cause)) {
            String message = String.valueOf(cause.getMessage());
            if (text.indexOf(message) < 0) {
                text.append(text.isEmpty() ? "" : "; ").append(message);
            }
        }
        return oneLine(text.toString(), LONGEST_ANSWER);
    }

    private static @Nullable Exception next(Exception e) {
        return e instanceof MessagingException mail ? mail.getNextException() : null;
    }

    /** Whether the server has refused the login, the sender, a recipient or the mail with a code of 5xx. */
    private static boolean isFinal(MessagingException e) {
        for (Exception cause = e; cause != null; cause = next(cause)) {
            boolean isPermanent = switch (cause) {
                case SMTPAddressFailedException address -> address.getReturnCode() >= PERMANENT;
                case SMTPSenderFailedException sender -> sender.getReturnCode() >= PERMANENT;
                case SMTPSendFailedException send -> send.getReturnCode() >= PERMANENT;
                case AuthenticationFailedException login -> isPermanentAnswer(login.getMessage());
                default -> false;
            };
            if (isPermanent) {
                return true;
            }
        }
        return false;
    }

    private static boolean isPermanentAnswer(@Nullable String message) {
        Matcher answer = ANSWER.matcher(String.valueOf(message));
        return answer.matches() && answer.group(1).equals("5");
    }
}
