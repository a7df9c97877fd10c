#!/usr/bin/env escript
%% Does OTP's diameter take all dictionaries of a folder? Those that others inherit from are compiled first, whatever
%% their order. Usage: otp_takes.escript FOLDER; modules go into the same folder.

-mode(compile).

main([Folder]) ->
    true = code:add_patha(Folder),
    case rounds(filelib:wildcard(filename:join(Folder, "*.dia")), Folder) of
        [] ->
            halt(0);
        Bad ->
            [io:format("~s: ~P~n", [F, E, 20]) || {F, E} <- Bad],
            halt(1)
    end.

rounds(Files, Folder) ->
    case [{F, E} || F <- Files, E <- [one(F, Folder)], E =/= ok] of
        Bad when length(Bad) == length(Files) -> Bad;
        Bad -> rounds([F || {F, _} <- Bad], Folder)
    end.

one(File, Folder) ->
    case diameter_make:codec(File, [{outdir, Folder}, {include, Folder}]) of
        ok ->
            Erl = filename:join(Folder, filename:basename(File, ".dia") ++ ".erl"),
            case compile:file(Erl, [{outdir, Folder}, return_errors]) of
                {ok, _} -> ok;
                Error -> Error
            end;
        Error ->
            Error
    end.
