package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.2.255, true",
        "192.0.2.0/24, 192.0.3.0, false",
        "192.0.2.128/25, 192.0.2.127, false",
        "192.0.2.128/25, 192.0.2.128, true",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.6, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::/0, 192.0.2.1, false",
    })
    void containsTheAddressesOfTheNetwork(String network, String address, boolean inside) {
        assertThat(Network.parse(network).contains(InetAddress.ofLiteral(address)))
                .isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "files.example.com",
                "192.0.2.0/33",
                "192.0.2.0/-1",
                "192.0.2.0/",
                "192.0.2",
                "/8",
                "fe80::1%lo/64",
                "1.2.3.4/8/8"
            })
    void invalidNetworksAreRefused(String text) {
        assertThatThrownBy(() -> Network.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void bitsBeyondThePrefixAreRefusedWithACorrection() {
        assertThatThrownBy(() -> Network.parse("192.0.2.9/24")).hasMessageContaining("192.0.2.0/24");
    }

    @Test
    void clientsAreIdentifiedByIpv4AddressOrIpv6Network() throws Exception {
        assertThat(Network.ofClient(InetAddress.ofLiteral("192.0.2.9"))).isEqualTo(Network.parse("192.0.2.9/32"));
        assertThat(Network.ofClient(InetAddress.ofLiteral("2001:db8:1:2:3::4")))
                .isEqualTo(Network.parse("2001:db8:1:2::/64"));
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 192, 0, 2, 9};
        // InetAddress.getByAddress would convert it to an IPv4 address.
        assertThat(Network.ofClient(Inet6Address.getByAddress(null, mapped, 0))).isEqualTo(Network.parse("192.0.2.9"));
    }
}
