//! The core's PC/SC readers against the virtual card behind the real PC/SC daemon, which has to run with the virtual reader
//! of vsmartcard. The tests have its first slot one at a time.
//!
//! The module is marked as a test for the lints, which free test code from some rules.

#[cfg(test)]
mod daemon {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::{Arc, Mutex, mpsc};
    use std::time::Duration;

    use basvuru::card::{Card, CardError, Interrupted, KnownCards, PinConsent};
    use basvuru::reader::pcsc::PcscReaders;
    use basvuru::reader::{CardChannel, CardOutcome, Delivery, LinkFailure, Readers as _};
    use basvuru::secret::Pin;
    use basvuru_test_card::vpcd::{PORT, VirtualPcd};
    use basvuru_test_card::{CardImage, Cut, CutPlace, Profile, Protocol, VirtualCard};

    const PIN: &str = "482916";
    /// The daemon's first virtual reader.
    const READER: &str = "Virtual PCD 00 00";
    /// Longer than the daemon takes to notice a card.
    const MOMENT: Duration = Duration::from_secs(5);

    /// The slot, for as long as this is locked.
    static SLOT: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    fn image() -> CardImage {
        let certificate = include_bytes!("data/p384.certificate.der");
        CardImage::new("Deneme kartı", PIN, certificate, include_bytes!("data/p384.key.der")).unwrap()
    }

    fn card(image: CardImage) -> Arc<Mutex<VirtualCard>> {
        Arc::new(Mutex::new(VirtualCard::new(image).unwrap()))
    }

    fn inserted(card: &Arc<Mutex<VirtualCard>>) -> VirtualPcd {
        VirtualPcd::insert(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)), card.clone()).unwrap()
    }

    async fn connected(readers: &PcscReaders) -> Result<Arc<dyn CardChannel>, LinkFailure> {
        let connected = readers.connect(READER.to_owned(), "prompt".to_owned()).await?;
        connected.into_channel().await
    }

    async fn closed(channel: Arc<dyn CardChannel>) {
        let sentence = String::new();
        channel.close(CardOutcome::Succeeded { sentence }).await.unwrap();
    }

    /// Waits until the daemon has noticed that the slot is empty.
    fn emptied() {
        let context = pcsc::Context::establish(pcsc::Scope::User).unwrap();
        let name = std::ffi::CString::new(READER).unwrap();
        let mut states = [pcsc::ReaderState::new(name, pcsc::State::UNAWARE)];
        loop {
            context.get_status_change(MOMENT, &mut states).unwrap();
            states[0].sync_current_state();
            if states[0].event_state().contains(pcsc::State::EMPTY) {
                return;
            }
        }
    }

    fn consent(digits: &str) -> PinConsent {
        PinConsent::new(Arc::new(Pin::new(digits.as_bytes())))
    }

    #[tokio::test]
    async fn cards_of_either_protocol_are_read_and_sign() {
        let _slot = SLOT.lock().await;
        emptied();
        let rsa = include_bytes!("data/rsa3072.certificate.der");
        let rsa = CardImage::new("Deneme kartı", PIN, rsa, include_bytes!("data/rsa3072.key.der")).unwrap();
        for protocol in [Protocol::T1, Protocol::T0] {
            for image in [image(), rsa.clone()] {
                let profile = Profile {
                    protocol,
                    padded_block: true,
                    ..Profile::default()
                };
                let card = card(image.with_profile(profile));
                let slot = inserted(&card);
                let readers = PcscReaders::new().waiting(MOMENT);
                let channel = connected(&readers).await.unwrap();
                let mut opened = Card::open(channel.clone(), |_| String::new()).await.unwrap();
                let key = opened.signing_keys()[0].clone();
                let digest = key.algorithm.digest_algorithm().digest(b"what is signed");
                let wrong = opened.sign(&key, consent("000000"), &digest).await;
                assert_eq!(wrong, Err(CardError::WrongPin { tries_left: Some(2) }));
                opened.sign(&key, consent(PIN), &digest).await.unwrap();
                closed(channel.clone()).await;
                assert_eq!(
                    channel.transmit(vec![0, 0xA4, 0, 0]).await,
                    Err(LinkFailure::CardLost {
                        delivery: Delivery::NotSent
                    })
                );
                drop(slot);
                emptied();
            }
        }
    }

    #[tokio::test]
    async fn no_pin_state_survives_a_connection_however_it_ends() {
        let _slot = SLOT.lock().await;
        emptied();
        let card = card(image());
        let _inserted = inserted(&card);
        let readers = PcscReaders::new().waiting(MOMENT);
        let select = [&[0, 0xA4, 4, 0x0C, 12][..], b"\xA0\x00\x00\x00\x63PKCS-15"].concat();
        let verify = [&[0, 0x20, 0, 0x81, 6][..], PIN.as_bytes()].concat();
        let verified = vec![0, 0x20, 0, 0x81];
        for closes in [true, false] {
            let channel = connected(&readers).await.unwrap();
            for command in [select.clone(), verify.clone(), verified.clone()] {
                assert_eq!(channel.transmit(command).await.unwrap(), [0x90, 0x00]);
            }
            if closes {
                closed(channel).await;
            } else {
                drop(channel);
            }
            // A connection that was merely dropped ends on its own; until then, the reader is busy.
            let channel = loop {
                match connected(&readers).await {
                    Err(LinkFailure::Busy) => tokio::task::yield_now().await,
                    other => break other.unwrap(),
                }
            };
            channel.transmit(select.clone()).await.unwrap();
            assert_eq!(channel.transmit(verified.clone()).await.unwrap(), [0x63, 0xC3]);
            closed(channel).await;
        }
    }

    /// The sockets this process has open. The daemon has one for every context.
    fn sockets() -> usize {
        let files = std::fs::read_dir("/proc/self/fd").unwrap();
        let target = |file: std::io::Result<std::fs::DirEntry>| std::fs::read_link(file.unwrap().path());
        files
            .filter_map(|file| target(file).ok())
            .filter(|target| target.to_string_lossy().starts_with("socket:"))
            .count()
    }

    #[tokio::test]
    async fn whoever_is_told_of_the_end_of_a_connection_finds_nothing_of_the_service_held() {
        let _slot = SLOT.lock().await;
        emptied();
        let card = card(image());
        let slot = inserted(&card);
        let readers = PcscReaders::new().waiting(MOMENT);
        let before = sockets();
        for _ in 0..100 {
            let channel = connected(&readers).await.unwrap();
            assert!(sockets() > before);
            closed(channel).await;
            assert_eq!(sockets(), before);
        }
        drop(slot);
        emptied();
        let before = sockets();
        // Nor does anybody who is told that it never began.
        for _ in 0..20 {
            let impatient = readers.clone().waiting(Duration::ZERO);
            assert_eq!(connected(&impatient).await.err(), Some(LinkFailure::NoCard));
            assert_eq!(sockets(), before);
        }
    }

    #[tokio::test]
    async fn a_card_is_waited_for_with_the_prompt_and_not_forever() {
        let _slot = SLOT.lock().await;
        emptied();
        let (told, prompts) = mpsc::channel();
        let readers = PcscReaders::new().prompting(move |prompt| {
            let _ = told.send(prompt.to_owned());
        });
        let waited = connected(&readers.clone().waiting(Duration::from_millis(700))).await;
        assert_eq!(waited.err(), Some(LinkFailure::NoCard));
        assert_eq!(prompts.try_iter().collect::<Vec<_>>(), ["prompt"]);

        let card = card(image());
        let insertion = std::thread::spawn(move || {
            let prompt = prompts.recv().unwrap();
            (inserted(&card), prompt)
        });
        let channel = connected(&readers.waiting(MOMENT)).await.unwrap();
        let (_inserted, prompt) = insertion.join().unwrap();
        assert_eq!(prompt, "prompt");
        closed(channel).await;
    }

    #[tokio::test]
    async fn a_reader_that_is_missing_or_had_by_another_is_told_as_such() {
        let _slot = SLOT.lock().await;
        emptied();
        let card = card(image());
        let _inserted = inserted(&card);
        let readers = PcscReaders::new().waiting(MOMENT);
        assert!(readers.list().await.unwrap().iter().any(|reader| reader.id == READER));
        let missing = readers.connect("no such reader".to_owned(), String::new()).await;
        assert_eq!(missing.err(), Some(LinkFailure::NoReader));
        let channel = connected(&readers).await.unwrap();
        assert_eq!(connected(&readers).await.err(), Some(LinkFailure::Busy));
        // Another program waits for the end of the transaction, and gets the card then.
        let another = PcscReaders::new();
        let waited = connected(&another.clone().waiting(Duration::from_secs(1))).await;
        assert_eq!(waited.err(), Some(LinkFailure::Busy));
        let waiting = tokio::spawn(async move { connected(&PcscReaders::new()).await });
        closed(channel).await;
        closed(waiting.await.unwrap().unwrap()).await;
    }

    /// What one attempt to sign came to.
    enum Attempt {
        Signed,
        Interrupted(Box<Interrupted>),
        Failed(CardError),
    }

    async fn attempt(readers: &PcscReaders, known: &KnownCards, interrupted: Option<Box<Interrupted>>) -> Attempt {
        let channel = match connected(readers).await {
            Ok(channel) => channel,
            Err(failure) => return Attempt::Failed(failure.into()),
        };
        let outcome = match Card::open_known(channel.clone(), |_| String::new(), known).await {
            Err(error) => Attempt::Failed(error),
            Ok(mut card) => {
                let key = card.signing_keys()[0].clone();
                let digest = key.algorithm.digest_algorithm().digest(b"what is signed");
                let signed = match interrupted {
                    None => card.sign(&key, consent(PIN), &digest).await,
                    Some(interrupted) => card.resume(*interrupted).await,
                };
                match (signed, card.take_interrupted()) {
                    (Ok(_), _) => Attempt::Signed,
                    (Err(_), Some(interrupted)) => Attempt::Interrupted(Box::new(interrupted)),
                    (Err(error), None) => Attempt::Failed(error),
                }
            }
        };
        closed(channel).await;
        outcome
    }

    #[tokio::test]
    async fn a_card_pulled_out_at_any_command_costs_no_try_but_that_of_an_interrupted_verify() {
        let _slot = SLOT.lock().await;
        emptied();
        let readers = PcscReaders::new().waiting(MOMENT);
        for place in [
            CutPlace::BeforeSending,
            CutPlace::AfterSending,
            CutPlace::AfterAnswering,
        ] {
            for after in 0.. {
                emptied();
                let card = card(image());
                let slot = inserted(&card);
                slot.cut(Cut { after, place });
                let known = KnownCards::default();
                let first = attempt(&readers, &known, None).await;
                let commands = slot.exchanges();
                drop(slot);
                if let Attempt::Signed = first {
                    // The whole signature passed before the cut.
                    assert_eq!(commands.len(), after);
                    break;
                }
                let verify = commands
                    .last()
                    .is_some_and(|exchange| exchange.command.starts_with("0020"));
                let interrupted = match first {
                    Attempt::Interrupted(interrupted) => Some(interrupted),
                    Attempt::Failed(error) if verify => {
                        assert_eq!(error, CardError::PinOutcomeUnknown, "{place:?} {after}");
                        None
                    }
                    Attempt::Failed(error) => {
                        let lost = matches!(error, CardError::Link(LinkFailure::CardLost { .. }));
                        assert!(lost, "{place:?} {after}: {error:?}");
                        None
                    }
                    Attempt::Signed => None,
                };
                let spent = u8::from(verify && place == CutPlace::AfterSending);
                assert_eq!(card.lock().unwrap().tries_left(), 3 - spent, "{place:?} {after}");
                let _slot = inserted(&card);
                let second = attempt(&readers, &known, interrupted).await;
                assert!(matches!(second, Attempt::Signed), "{place:?} {after}");
                assert_eq!(card.lock().unwrap().tries_left(), 3);
            }
        }
    }
}
