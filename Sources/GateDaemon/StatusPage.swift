import Control
import GateModel
import Hummingbird
import NIOCore

/// The first plain page for passers-by and attendants: how the gate is, and nothing about anyone (principle 11).
struct StatusPage {
    let status: StatusGatherer

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/") { _, _ in
            let page = html(await status.report())
            return Response(
                status: .ok,
                headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        }
        return router
    }

    func html(_ report: StatusReport) -> String {
        let lanes = report.lanes.map { lane in
            "<tr><td>\(escape(lane.lane.rawValue))</td><td>\(lane.lock)</td><td>\(lane.contact)</td><td>\(word(lane))</td></tr>"
        }.joined(separator: "\n")
        let list =
            report.list.ageSeconds.map {
                "version \(report.list.version), \(Text.age($0)) old (\(report.list.freshness.rawValue))"
            }
            ?? "none"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
            <title>Gatehouse \(escape(report.gate))</title>
            <style>body{font:16px sans-serif;margin:2em}td,th{padding:.2em 1em .2em 0;text-align:left}</style></head><body>
            <h1>\(escape(report.gate))</h1>
            <p>Checking: \(report.mandate.valid ? "on" : "off, there is no valid mandate").
            List: \(list). Central service: \(report.uplink.reachable ? "connected" : "not connected").</p>
            <table><tr><th>Lane</th><th>Lock</th><th>Door</th><th>State</th></tr>
            \(lanes)
            </table>
            <p>The exit button is always free.</p>
            </body></html>
            """
    }

    private func word(_ lane: LaneStatus) -> String {
        if let fault = lane.fault { return escape(fault) }
        return lane.fire != "none" ? "released by fire input" : lane.alarm
    }

    private func escape(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
