#!/usr/bin/env escript
%% Does OTP's own compiler refuse the dictionaries in wrong/ for the same reasons as Diatom's reader?
%%
%% The first lines of each file say what is expected: "; error NAME LINE:COLUMN" for each of Diatom's errors, and
%% "; otp NAME" where OTP says something else ("none": it takes the file). Without such a line OTP's error is the
%% first of Diatom's. Usage: otp_agrees.escript FOLDER

-mode(compile).

main([Folder]) ->
    load_inherited(filename:join(Folder, "inherited")),
    Files = filelib:wildcard(filename:join(Folder, "*.dia")),
    Wrong = [F || F <- Files, not agrees(F)],
    io:format("~b dictionaries, ~b of them read otherwise by OTP~n", [length(Files), length(Wrong)]),
    halt(case {Files, Wrong} of
             {[_ | _], []} -> 0;
             _ -> 1
         end).

%% What the wrong dictionaries inherit from, as modules in memory. The one that is broken on purpose stays out.
load_inherited(Folder) ->
    lists:foreach(fun load/1, filelib:wildcard(filename:join(Folder, "*.dia"))).

load(File) ->
    case diameter_make:codec({path, File}, [forms, return]) of
        {ok, [Forms | _]} ->
            {ok, Module, Binary} = compile:forms(Forms, []),
            {module, Module} = code:load_binary(Module, File, Binary);
        _ ->
            "broken" = filename:basename(File, ".dia")
    end.

agrees(File) ->
    Want = expected(File),
    case found(File) of
        Want ->
            true;
        Got ->
            io:format("~s: OTP says ~s, expected was ~s~n", [File, Got, Want]),
            false
    end.

expected(File) ->
    {ok, Text} = file:read_file(File),
    Otp = re:run(Text, "^; otp ([a-z0-9_]+)", [multiline, {capture, [1], list}]),
    Error = re:run(Text, "^; error ([a-z0-9_]+) ", [multiline, {capture, [1], list}]),
    case {Otp, Error} of
        {{match, [Name]}, _} -> Name;
        {nomatch, {match, [Name]}} -> Name
    end.

found(File) ->
    case diameter_dict_util:parse({path, File}, []) of
        {ok, _} -> "none";
        {error, Reason} -> atom_to_list(element(1, Reason))
    end.
