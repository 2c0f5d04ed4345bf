plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.compose.compiler)
}

android {
    namespace = "basvuru.android"
    compileSdk = libs.versions.compileSdk.get().toInt()

    defaultConfig {
        applicationId = "basvuru.android"
        minSdk = libs.versions.minSdk.get().toInt()
        targetSdk = libs.versions.targetSdk.get().toInt()
        versionCode = 1
        versionName = "0.1.0"
    }

    buildFeatures {
        compose = true
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "proguard-rules.pro")
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    lint {
        warningsAsErrors = true
        lintConfig = file("lint.xml")
    }

    // Libraries are stored uncompressed and aligned to 16 KB, which is what newer phones' pages are.
    packaging {
        jniLibs.useLegacyPackaging = false
    }

    testOptions {
        unitTests.isIncludeAndroidResources = true
    }

    sourceSets {
        getByName("test").kotlin.directories.add("../../bindings/kotlin/src/world/kotlin")
    }
}

kotlin {
    compilerOptions {
        allWarningsAsErrors = true
    }
}

dependencies {
    // Packed by bindings/kotlin/aar.
    implementation(fileTree("../../target/android") { include("basvuru-core-*.aar") })
    implementation(variantOf(libs.jna) { artifactType("aar") })
    implementation(libs.coroutines.android)
    implementation(libs.activity.compose)
    implementation(libs.compose.foundation)
    implementation(libs.compose.material3)
    implementation(libs.compose.ui)
    implementation(libs.lifecycle.runtime.compose)

    debugImplementation(libs.compose.ui.test.manifest)
    testImplementation(libs.compose.ui.test.junit4)
    testImplementation(libs.jna)
    testImplementation(libs.junit)
    testImplementation(libs.kotlin.test.junit)
    testImplementation(libs.pdfbox)
    testImplementation(libs.robolectric)
    testImplementation(libs.serialization.json)
}

tasks.withType<Test> {
    // As in pom.xml: the library for this machine, the world, and what Robolectric reaches into.
    val built = rootDir.resolve("../target/debug")
    systemProperty("jna.library.path", built.path)
    systemProperty("basvuru.world", built.resolve("world").path)
    systemProperty("basvuru.android", rootDir.path)
    jvmArgs("--enable-native-access=ALL-UNNAMED")
}
