import Settings

extension GateSettings {
    /// A gate with one door, locked by line 1 of the chip `main`, and one reader.
    ///
    /// - Parameter reader: without its name, as in `kind: wiegand`.
    /// - Parameter buses: as the whole value in YAML.
    static func withOneReader(_ reader: String, buses: String = "{}") throws -> GateSettings {
        let text = """
            gate: g
            state-directory: .
            control-socket: s
            central: {url: "http://127.0.0.1:1", token-file: t, deployment: town, publisher-key-file: p, root-file: r}
            deployment-key: {file: k, epoch: 1}
            chips: {main: {kind: simulated, path: /nowhere}}
            buses: \(buses)
            lanes:
              - name: door
                site: community-gate
                door: {lock: {chip: main, line: 1}, wiring: energise-to-release}
                access-points:
                  - name: in
                    direction: entry
                    readers: [{name: r, \(reader)}]
            """
        return try parse(text, file: "gate.yaml", folder: "/")
    }
}
