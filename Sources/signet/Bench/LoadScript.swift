/// Scripts for wrk, in Lua.
enum LoadScript {
    /// Every request with the same token.
    static func one(_ token: String) -> String {
        "wrk.headers[\"Authorization\"] = \"Bearer \(token)\"\n"
    }

    /// Every request with the next token of a file. The requests are made before the clock runs.
    static func many(file: String) -> String {
        """
        local requests, turn = {}, 0
        function init(args)
          for token in io.lines("\(file)") do
            requests[#requests + 1] = wrk.format(nil, nil, {["Host"] = wrk.host, ["Authorization"] = "Bearer " .. token})
          end
        end
        function request()
          turn = turn % #requests + 1
          return requests[turn]
        end

        """
    }
}
