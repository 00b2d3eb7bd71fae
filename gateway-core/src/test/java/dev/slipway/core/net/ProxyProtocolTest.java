package dev.slipway.core.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.account.Network;
import dev.slipway.core.net.ProxyProtocol.Header;
import dev.slipway.core.net.ProxyProtocol.MalformedHeaderException;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyProtocolTest {
    private static final byte[] BEHIND = "SSH-2.0-client\r\n".getBytes(US_ASCII);
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private static ByteBuffer bytes(byte[]... pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.writeBytes(piece);
        }
        return ByteBuffer.wrap(all.toByteArray());
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static void isRead(byte[] header, Optional<InetSocketAddress> client) throws Exception {
        for (int length = 0; length < header.length; length++) {
            assertThat(ProxyProtocol.parse(ByteBuffer.wrap(header, 0, length)))
                    .as("%s of %s bytes", length, header.length)
                    .isEmpty();
        }
        assertThat(ProxyProtocol.parse(ByteBuffer.wrap(header))).contains(new Header(header.length, client));
        ByteBuffer more = bytes(header, BEHIND);
        assertThat(ProxyProtocol.parse(more)).contains(new Header(header.length, client));
        assertThat(more.position()).isZero();
    }

    @Test
    void readsVersion1() throws Exception {
        isRead(
                "PROXY TCP4 192.0.2.7 198.51.100.1 40001 21\r\n".getBytes(US_ASCII),
                Optional.of(new InetSocketAddress("192.0.2.7", 40001)));
        isRead(
                "PROXY TCP6 2001:db8::7 2001:db8::1 40001 21\r\n".getBytes(US_ASCII),
                Optional.of(new InetSocketAddress("2001:db8::7", 40001)));
        isRead("PROXY UNKNOWN\r\n".getBytes(US_ASCII), Optional.empty());
    }

    @Test
    void readsVersion2() throws Exception {
        isRead(
                hex(SIGNATURE + "2111000c" + "c0000207" + "c6336401" + "9c41" + "0015"),
                Optional.of(new InetSocketAddress("192.0.2.7", 40001)));
        isRead(
                hex(SIGNATURE + "21210024" + "20010db8000000000000000000000007" + "20010db8000000000000000000000001"
                        + "9c41" + "0015"),
                Optional.of(new InetSocketAddress("2001:db8::7", 40001)));
        // an extension, as load balancers send it: the authority
        isRead(
                hex(SIGNATURE + "21110013" + "c0000207" + "c6336401" + "9c41" + "0015" + "02000474657374"),
                Optional.of(new InetSocketAddress("192.0.2.7", 40001)));
    }

    @Test
    void aHealthCheckHasNoClient() throws Exception {
        isRead(hex(SIGNATURE + "20000000"), Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2p1\r\n",
                "USER anna\r\nPASS secret\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 40001\r\n",
                "PROXY TCP4 192.0.2.700 198.51.100.1 40001 21\r\n",
                "PROXY TCP4 gateway.example 198.51.100.1 40001 21\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 70000 21\r\n"
            })
    void refusesInvalidHeaders(String line) {
        assertThatThrownBy(() -> ProxyProtocol.parse(ByteBuffer.wrap(line.getBytes(US_ASCII))))
                .isInstanceOf(MalformedHeaderException.class);
    }

    @Test
    void refusesAHeaderWithoutEnd() {
        byte[] endless = ("PROXY TCP4 " + "1".repeat(200)).getBytes(US_ASCII);
        assertThatThrownBy(() -> ProxyProtocol.parse(ByteBuffer.wrap(endless)))
                .isInstanceOf(MalformedHeaderException.class);
        byte[] huge = hex(SIGNATURE + "2111ffff" + "00".repeat(ProxyProtocol.LONGEST_HEADER));
        assertThatThrownBy(() -> ProxyProtocol.parse(ByteBuffer.wrap(huge)))
                .isInstanceOf(MalformedHeaderException.class);
    }

    @Test
    void headersAreExpectedFromTrustedNetworksOnly() {
        ProxyProtocol proxies = new ProxyProtocol(List.of(Network.parse("10.0.0.0/8")));
        assertThat(proxies.isExpectedFrom(InetAddress.ofLiteral("10.1.2.3"))).isTrue();
        assertThat(proxies.isExpectedFrom(InetAddress.ofLiteral("11.1.2.3"))).isFalse();
        assertThat(ProxyProtocol.OFF.isExpectedFrom(InetAddress.ofLiteral("10.1.2.3")))
                .isFalse();
    }
}
