package dev.slipway.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.slipway.core.Failure;
import dev.slipway.core.store.Crc32;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.ftps.FtpsServer;
import dev.slipway.sftp.SftpServer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The boundaries between packages that ARCHITECTURE.md describes. */
@AnalyzeClasses(
        packages = "dev.slipway",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
    /** Tests of a module are in a folder or, once it is packaged, in a jar. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    @ArchTest
    static final ArchRule protocolsDoNotSeeEachOther =
            slices().matching("dev.slipway.(ftps|sftp)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule onlyTheStoreKnowsTheAwsSdk = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.slipway.core.store.s3..", "dev.slipway.app.embedded..", "dev.slipway.testing..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("software.amazon.awssdk..");

    /** The port knows keys, versions and failures, but neither accounts, journals nor memory. */
    @ArchTest
    static final ArchRule thePortToTheStoreKnowsNothingAboveIt = noClasses()
            .that()
            .resideInAPackage("dev.slipway.core.s3..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.slipway..")
                    .and(not(resideInAPackage("dev.slipway.core.s3..")))
                    .and(not(belongToAnyOf(Failure.class, ObjectKey.class, StoredVersion.class, Crc32.class))));

    @ArchTest
    static final ArchRule onlyTheConfigurationReadsConfigurationFiles = noClasses()
            .that()
            .resideOutsideOfPackage("dev.slipway.app.config..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.snakeyaml..");

    @ArchTest
    static final ArchRule theCoreKnowsNoProtocolLibrary = noClasses()
            .that()
            .resideInAPackage("dev.slipway.core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.sshd..",
                    "org.apache.ftpserver..",
                    "org.apache.mina..",
                    "dev.slipway.ftps..",
                    "dev.slipway.sftp..",
                    "dev.slipway.app..");

    @ArchTest
    static final ArchRule protocolsKnowNothingButTheCore = noClasses()
            .that()
            .resideInAnyPackage("dev.slipway.ftps..", "dev.slipway.sftp..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.slipway.app..", "dev.slipway.core.store..", "dev.slipway.core.state..");

    @ArchTest
    static final ArchRule jobsAndTransfersKnowNothingButTheCore = noClasses()
            .that()
            .resideInAPackage("dev.slipway.transfer..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.slipway.app..",
                    "dev.slipway.ftps..",
                    "dev.slipway.sftp..",
                    "dev.slipway.admin..",
                    "dev.slipway.ingest..");

    @ArchTest
    static final ArchRule whatBringsFilesInKnowsNeitherProtocolsNorTheApplication = noClasses()
            .that()
            .resideInAPackage("dev.slipway.ingest..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.slipway.app..", "dev.slipway.ftps..", "dev.slipway.sftp..", "dev.slipway.admin..");

    @ArchTest
    static final ArchRule protocolsDoNotKnowWhatElseBringsFilesIn = noClasses()
            .that()
            .resideInAnyPackage("dev.slipway.ftps..", "dev.slipway.sftp..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.slipway.ingest..");

    @ArchTest
    static final ArchRule theListenerForOperatorsKnowsNothingButTheCore = noClasses()
            .that()
            .resideInAPackage("dev.slipway.admin..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.slipway.app..", "dev.slipway.ftps..", "dev.slipway.sftp..");

    @ArchTest
    static final ArchRule commandsDoNotKnowHowTheyAreReached = noClasses()
            .that()
            .resideInAPackage("dev.slipway.admin.command..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.slipway.admin.control..", "dev.slipway.admin.shell..", "org.jline..");

    /** Commands and the API parse and print; authentication by token is the API's own. */
    @ArchTest
    static final ArchRule rulesOfManagementStandInItsServices = noClasses()
            .that()
            .resideInAnyPackage("dev.slipway.admin.command..", "dev.slipway.admin.api..")
            .and()
            .doNotHaveSimpleName("Callers")
            .should()
            .dependOnClassesThat()
            .haveNameMatching("dev\\.slipway\\.core\\.state\\.(Account|Upload|Usage|ApiToken)Table"
                    + "|dev\\.slipway\\.transfer\\.(remote\\.Remotes|push\\.Pushes)");

    @ArchTest
    static final ArchRule theAdministrationHasNoCycles =
            slices().matching("dev.slipway.admin.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheListenerForOperatorsCounts = noClasses()
            .that()
            .resideOutsideOfPackages("dev.slipway.admin..", "dev.slipway.app")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer..");

    @ArchTest
    static final ArchRule whatIsShippedKnowsNeitherTestsNorBenchmarks = noClasses()
            .that()
            .resideOutsideOfPackages("dev.slipway.testing..", "dev.slipway.bench..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.slipway.testing..", "dev.slipway.bench..");

    @ArchTest
    static final ArchRule theCoreHasNoCycles =
            slices().matching("dev.slipway.core.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule transfersHaveNoCycles =
            slices().matching("dev.slipway.transfer.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule whatBringsFilesInHasNoCycles =
            slices().matching("dev.slipway.ingest.(*)..").should().beFreeOfCycles();

    /** The packages of a protocol know its settings, and not the server that puts them together. */
    @ArchTest
    static final ArchRule protocolsHaveNoCycles =
            slices().matching("dev.slipway.(ftps|sftp).(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTheServerPutsAProtocolTogether = noClasses()
            .that()
            .resideInAnyPackage("dev.slipway.ftps.*..", "dev.slipway.sftp.*..")
            .should()
            .dependOnClassesThat(belongToAnyOf(FtpsServer.class, SftpServer.class));

    /** Only the settings and the servers are for other modules. */
    @ArchTest
    static final ArchRule whatIsInsideAProtocolStaysThere = noClasses()
            .that()
            .resideOutsideOfPackages("dev.slipway.ftps..", "dev.slipway.sftp..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.slipway.ftps.*..", "dev.slipway.sftp.*..");

    @ArchTest
    static final ArchRule theApplicationHasNoCycles =
            slices().matching("dev.slipway.app.(*)..").should().beFreeOfCycles();

    /** What programs may use. A package that only Slipway's own modules use is exported to these by name. */
    @ArchTest
    static void programsSeeTheEmbeddingApiOnly(JavaClasses classes) throws IOException {
        List<String> exported = new ArrayList<>();
        for (ModuleDescriptor module : modules()) {
            module.exports().stream()
                    .filter(export -> !export.isQualified())
                    .map(Exports::source)
                    .forEach(exported::add);
        }

        assertThat(exported)
                .containsExactlyInAnyOrder(
                        "dev.slipway.admin.management",
                        "dev.slipway.app",
                        "dev.slipway.app.config",
                        "dev.slipway.app.keys",
                        "dev.slipway.core",
                        "dev.slipway.core.account",
                        "dev.slipway.core.event",
                        "dev.slipway.core.setting",
                        "dev.slipway.core.unit",
                        "dev.slipway.transfer.job",
                        "dev.slipway.transfer.push",
                        "dev.slipway.transfer.remote");
    }

    @ArchTest
    static void otherPackagesAreForModulesOfSlipwayOnly(JavaClasses classes) throws IOException {
        assertThat(modules())
                .hasSize(8)
                .allSatisfy(module -> assertThat(module.exports())
                        .allSatisfy(export -> assertThat(export.targets())
                                .allSatisfy(target -> assertThat(target).startsWith("dev.slipway."))));
    }

    private static List<ModuleDescriptor> modules() throws IOException {
        List<ModuleDescriptor> modules = new ArrayList<>();
        for (URL url : Collections.list(ArchitectureTest.class.getClassLoader().getResources("module-info.class"))) {
            try (InputStream in = url.openStream()) {
                ModuleDescriptor module = ModuleDescriptor.read(in);
                if (module.name().startsWith("dev.slipway.")) {
                    modules.add(module);
                }
            }
        }
        return modules;
    }

    @ArchTest
    static final ArchRule nothingPrintsToTheStandardStreamsBesideTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackage("dev.slipway.app")
            .and()
            .resideOutsideOfPackage("dev.slipway.testing..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");
}
