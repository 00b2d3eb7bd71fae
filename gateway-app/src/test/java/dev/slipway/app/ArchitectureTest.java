package dev.slipway.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.slipway.core.Failure;
import dev.slipway.core.store.Crc32;
import dev.slipway.core.store.ObjectKey;

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

    /** The port knows keys and failures, but neither accounts, journals nor memory. */
    @ArchTest
    static final ArchRule thePortToTheStoreKnowsNothingAboveIt = noClasses()
            .that()
            .resideInAPackage("dev.slipway.core.s3..")
            .should()
            .dependOnClassesThat(resideInAPackage("dev.slipway..")
                    .and(not(resideInAPackage("dev.slipway.core.s3..")))
                    .and(not(belongToAnyOf(Failure.class, ObjectKey.class, Crc32.class))));

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
            .resideInAnyPackage("dev.slipway.app..", "dev.slipway.ftps..", "dev.slipway.sftp..", "dev.slipway.admin..");

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
    static final ArchRule theApplicationHasNoCycles =
            slices().matching("dev.slipway.app.(*)..").should().beFreeOfCycles();

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
