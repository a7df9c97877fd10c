#!/usr/bin/env escript
%% Does OTP's own compiler take every dictionary of Diatom, and the Erlang compiler what it makes of them?
%%
%% Each dictionary is compiled (without optimizing) behind those that it inherits from, which are loaded from memory then;
%% nothing is written.
%% Usage: otp_compiles.escript FOLDER...

-mode(compile).

main(Folders) ->
    Files = lists:flatmap(fun(Folder) -> filelib:wildcard(filename:join(Folder, "*.dia")) end, Folders),
    Named = maps:from_list([{name(File), File} || File <- Files]),
    Done = lists:foldl(fun(File, Done) -> compile(File, Named, Done) end, #{}, Files),
    Wrong = [File || {File, false} <- maps:to_list(Done)],
    io:format("~b passed, ~b failed~n", [map_size(Done) - length(Wrong), length(Wrong)]),
    halt(case {Files, Wrong} of
             {[_ | _], []} when map_size(Named) =:= length(Files) -> 0;
             _ -> 1
         end).

%% What a file calls itself; else it is called as the file.
name(File) ->
    case words(File, "^@name\\s+(\\S+)") of
        [Name | _] -> Name;
        [] -> filename:basename(File, ".dia")
    end.

words(File, Pattern) ->
    {ok, Text} = file:read_file(File),
    case re:run(Text, Pattern, [multiline, global, {capture, [1], list}]) of
        {match, Found} -> [string:trim(Word, both, "'") || [Word] <- Found];
        nomatch -> []
    end.

%% Done: File => could it be compiled? A dictionary that waits for itself counts as one that could not.
compile(File, _, Done) when is_map_key(File, Done) ->
    Done;
compile(File, Named, Done0) ->
    Parents = [maps:get(Name, Named) || Name <- words(File, "^@inherits\\s+(\\S+)"), is_map_key(Name, Named)],
    Done = lists:foldl(fun(Parent, Done) -> compile(Parent, Named, Done) end, Done0#{File => false}, Parents),
    Done#{File := load(File)}.

load(File) ->
    try
        {ok, [Forms | _]} = diameter_make:codec({path, File}, [forms, return]),
        {ok, Module, Binary} = compile:forms(Forms, [no_ssa_opt, no_type_opt, no_postopt, no_copt]),
        {module, Module} = code:load_binary(Module, File, Binary),
        true
    catch
        error:{badmatch, {error, Reason}} ->
            io:format("~s: ~s~n", [File, text(Reason)]),
            false;
        error:{badmatch, Reason} ->
            io:format("~s: ~p~n", [File, Reason]),
            false
    end.

text(Reason) ->
    try
        diameter_make:format_error(Reason)
    catch
        _:_ -> io_lib:format("~p", [Reason])
    end.
