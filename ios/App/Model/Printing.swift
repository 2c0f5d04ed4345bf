import UIKit

/// iOS's own sheet for printers.
@MainActor
enum Printing {
    /// Prints a PDF.
    static func print(_ pdf: Data, name: String) {
        present(name) { $0.printingItem = pdf }
    }

    /// Prints a text.
    static func print(_ text: String, name: String) {
        present(name) { $0.printFormatter = UISimpleTextPrintFormatter(text: text) }
    }

    private static func present(_ name: String, _ fill: (UIPrintInteractionController) -> Void) {
        let printing = UIPrintInteractionController.shared
        let job = UIPrintInfo.printInfo()
        job.jobName = name
        printing.printInfo = job
        (printing.printingItem, printing.printFormatter) = (nil, nil)
        fill(printing)
        printing.present(animated: true)
    }
}
