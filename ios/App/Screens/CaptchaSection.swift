import AVFAudio
import Basvuru
import SwiftUI

/// The code in a picture: enlarged, exchanged, spoken.
struct CaptchaSection: View {
    let captcha: CaptchaFiles?
    @Binding var code: String
    let fault: String?
    let answer: @MainActor (Answer) -> Void

    @State private var isEnlarged = false
    @State private var player: AVAudioPlayer?

    var body: some View {
        Section {
            if let captcha {
                if let picture = UIImage(data: captcha.picture) {
                    Button {
                        isEnlarged = true
                    } label: {
                        Image(uiImage: picture).resizable().scaledToFit().frame(minHeight: 88)
                    }
                    .accessibilityLabel("captcha-picture")
                    .accessibilityIdentifier("captcha-picture")
                    .sheet(isPresented: $isEnlarged) { EnlargedPicture(picture: picture) { isEnlarged = false } }
                }
                TextField("captcha", text: $code)
                    .keyboardType(.asciiCapable)
                    .textInputAutocapitalization(.never)
                    .autocorrectionDisabled()
                    .accessibilityHint(fault ?? "")
                    .accessibilityIdentifier("captcha")
                Button("listen", systemImage: "speaker.wave.2") { listen(to: captcha) }
                    .accessibilityIdentifier("listen")
            } else {
                ProgressView("captcha-coming")
            }
            Button("new-picture", systemImage: "arrow.clockwise") { answer(.requestCaptcha) }
                .accessibilityIdentifier("new-picture")
        } footer: {
            FaultView(fault: fault)
        }
        .onChange(of: captcha?.sound) { _, sound in play(sound) }
    }

    /// Fetched when it is first asked for.
    private func listen(to captcha: CaptchaFiles) {
        if captcha.sound == nil { answer(.requestSpokenCaptcha) } else { play(captcha.sound) }
    }

    private func play(_ sound: Data?) {
        guard let sound else { return }
        // Heard with the ringer off, too: the person has asked for it.
        try? AVAudioSession.sharedInstance().setCategory(.playback)
        player = try? AVAudioPlayer(data: sound)
        player?.play()
    }
}

/// A picture as large as the screen.
struct EnlargedPicture: View {
    let picture: UIImage
    let close: @MainActor () -> Void

    var body: some View {
        VStack {
            Image(uiImage: picture).resizable().scaledToFit().accessibilityLabel("captcha-picture")
            Button("close", action: close).controlSize(.large).accessibilityIdentifier("close")
        }
        .padding()
    }
}
