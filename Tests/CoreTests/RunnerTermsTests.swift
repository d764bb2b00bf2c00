import Core
import Testing

struct RunnerTermsTests {
    @Test(arguments: [
        RunnerTerms(labels: [], slots: 1), RunnerTerms(labels: [], slots: 2, reserved: .init(slots: 1, priority: 80)),
        RunnerTerms(labels: [], slots: 8, busy: LoadLimits(load: 1, memoryFree: 0.1, measure: 0, margin: 0)),
    ])
    func `terms that can be kept are taken`(_ terms: RunnerTerms) {
        #expect(terms.complaint == nil)
    }

    @Test(arguments: [
        (RunnerTerms(labels: [], slots: 1, reserved: .init(slots: 1, priority: 80)), "of 1 slots 1"),
        (RunnerTerms(labels: [], slots: 4, reserved: .init(slots: 4, priority: 80)), "of 4 slots 4"),
        (RunnerTerms(labels: [], slots: 4, reserved: .init(slots: 1, priority: 2_000_000)), "a priority"),
        (RunnerTerms(labels: [], slots: 4, busy: LoadLimits(load: 0)), "the load for each processor"),
        (RunnerTerms(labels: [], slots: 4, busy: LoadLimits(load: .nan)), "the load for each processor"),
        (RunnerTerms(labels: [], slots: 4, busy: LoadLimits(memoryFree: 2)), "the free memory"),
        (RunnerTerms(labels: [], slots: 4, busy: LoadLimits(measure: -1)), "the measure"),
        (RunnerTerms(labels: [], slots: 4, busy: LoadLimits(margin: 1)), "the margin"),
    ])
    func `terms that nobody can keep are a complaint`(_ terms: RunnerTerms, _ words: String) {
        #expect(terms.complaint?.contains(words) == true, "\(terms.complaint ?? "")")
    }
}
