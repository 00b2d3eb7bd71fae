package example;

import dev.slipway.app.AccountSpecification;
import dev.slipway.app.Gateway;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * A Spring Boot application with a gateway among its beans: the container starts it, gives it its meter registry, and closes
 * it. Arguments: the store's URL, access key, secret key, bucket, and a folder for state.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
public class SpringGateway {
    /** With Spring Boot's Actuator, this is the application's own registry. */
    @Bean
    MeterRegistry meters() {
        return new SimpleMeterRegistry();
    }

    @Bean
    Gateway gateway(Environment environment, MeterRegistry meters) throws Exception {
        return Gateway.builder()
                .endpoint(URI.create(environment.getRequiredProperty("store.endpoint")))
                .credentials(
                        environment.getRequiredProperty("store.access-key"),
                        environment.getRequiredProperty("store.secret-key"))
                .bucket(environment.getRequiredProperty("store.bucket"))
                .stateDirectory(Path.of(environment.getRequiredProperty("slipway.state")))
                .account(AccountSpecification.named("anna").password("secret-of-anna"))
                .meterRegistry(meters)
                .bind("127.0.0.1")
                .explicitPort(0)
                .sftpPort(0)
                .start();
    }

    @Bean
    CommandLineRunner untilEnter(Gateway gateway, MeterRegistry meters) {
        return _ -> {
            System.out.println("SFTP on port " + gateway.sftpPort().getAsInt());
            System.out.println("Press Enter to end");
            System.in.read();
            System.out.println("Uploads: "
                    + (long) meters.get("slipway.operations").tag("operation", "upload").counters().stream()
                            .mapToDouble(counter -> counter.count())
                            .sum());
        };
    }

    public static void main(String[] arguments) {
        SpringApplication application = new SpringApplication(SpringGateway.class);
        application.setDefaultProperties(Map.of(
                "store.endpoint", arguments[0],
                "store.access-key", arguments[1],
                "store.secret-key", arguments[2],
                "store.bucket", arguments[3],
                "slipway.state", arguments[4],
                "spring.main.banner-mode", "off",
                "spring.main.web-application-type", "none",
                "logging.level.root", "warn"));
        try (ConfigurableApplicationContext context = application.run()) {
            System.out.println("Ended " + context.getApplicationName());
        }
    }
}
