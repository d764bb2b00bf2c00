/// How many samples a test takes: a debug build is some twenty times slower.
func sampleCount(debug: Int, release: Int) -> Int {
    #if DEBUG
    return debug
    #else
    return release
    #endif
}
